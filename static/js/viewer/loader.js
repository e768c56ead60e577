// Frames and previews: fetched once, the most recently used kept, the next cases' ahead of time at low priority.

const LIMIT = 160 * 2 ** 20; // bytes of decoded frames: this case, the next two and half the last one, of two films of 2500 × 3000
const MOST = 400e6; // bytes that this case and the next two may take, however large their films are
const PREVIEWS = 8;
const SHIFT = 8; // frames until the worker is relieved
const AHEAD = 2; // low-priority fetches at once

/** Gives a buffer's memory back now: the collector sees how small our objects are, not what lies behind them, and comes late. */
const release = ({ buffer }) => buffer.byteLength && buffer.transfer?.(0);

function free({ levels, fit }) {
  for (const { planes } of levels) planes.forEach(release);
  fit?.sample.planes.forEach(release);
  if (fit?.pixels) release(fit.pixels);
}

const picture = (src, fetchPriority) => Object.assign(new Image(), { fetchPriority, src });

export class Loader {
  constructor(workerUrl) {
    this.workerUrl = workerUrl;
    this.frames = new Map(); // by address, the least recently used first
    this.bytes = 0;
    this.first = []; // addresses of this case's frames and the next two's, the nearest first: none makes room for another
    this.jobs = new Map(); // by address: {id, url, low, isSent, promise, resolve, reject, waits}
    this.previews = new Map();
    this.count = 0;
    this.box = null; // gives the size of a viewport, in device pixels, for frames to be fitted into
    this.start();
  }

  /** A new worker; the large buffers of one that was there go with it, long before the garbage collector would come. */
  start() {
    this.worker?.terminate();
    this.done = 0;
    this.worker = new Worker(this.workerUrl, { type: "module" });
    this.worker.onmessage = ({ data }) => this.answer(data);
    this.worker.onerror = (event) => {
      event.preventDefault();
      this.restart();
    };
  }

  /** A worker that died is replaced, and what it was doing asked again, once. */
  restart() {
    this.start();
    for (const job of [...this.jobs.values()].filter((each) => each.isSent)) {
      if (job.tries > 1) this.settle(job, { problem: "worker" });
      else this.send(job);
    }
  }

  get(url) {
    const frame = this.frames.get(url);
    if (frame) this.frames.delete(url), this.frames.set(url, frame);
    return frame;
  }

  /** A promise of the frame; it fails with {problem, words}. ``waits`` is called while the server still makes it. */
  load(url, { low = false, waits } = {}) {
    const frame = this.get(url);
    if (frame) return Promise.resolve(frame);
    let job = this.jobs.get(url);
    if (!job) {
      job = { id: ++this.count, url, low, tries: 0 };
      job.promise = new Promise((resolve, reject) => Object.assign(job, { resolve, reject }));
      job.promise.catch(() => {});
      this.jobs.set(url, job);
    }
    if (waits) job.waits = waits;
    if (!low) job.low = false;
    if (!low && !job.isSent) this.send(job);
    else this.pump();
    return job.promise;
  }

  /** Whether the frame was asked for already. */
  isComing(url) { return this.jobs.get(url)?.isSent; }

  send(job) {
    if (!this.worker) this.start();
    job.isSent = true;
    job.tries++;
    this.worker.postMessage({ id: job.id, url: job.url, low: job.low, box: this.box?.() });
  }

  pump() {
    const low = [...this.jobs.values()].filter((job) => job.low);
    let free = AHEAD - low.filter((job) => job.isSent).length;
    for (const job of low) if (!job.isSent && free-- > 0) this.send(job);
  }

  answer({ id, frame, waiting, ...rest }) {
    const job = [...this.jobs.values()].find((each) => each.id === id);
    if (!job) return frame && free(frame); // it came too late to be stopped
    if (waiting) return job.waits?.();
    if (frame) this.keep(job.url, frame);
    this.settle(job, frame ?? rest);
  }

  settle(job, result) {
    this.jobs.delete(job.url);
    if (result.problem) job.reject(result);
    else job.resolve(result);
    this.pump();
    if (++this.done >= SHIFT && !this.jobs.size) this.start(); // while nothing is to do
  }

  keep(url, frame) {
    this.frames.set(url, frame);
    this.bytes += frame.bytes;
    for (const old of [...this.frames.keys()].filter((each) => !this.first.includes(each))) if (this.bytes > LIMIT && old !== url) this.drop(old);
    for (const old of [...this.first].reverse()) if (this.bytes > MOST && old !== url && this.frames.has(old)) this.drop(old);
  }

  /** Forgets a frame, and frees it unless it hangs somewhere. */
  drop(url) {
    const frame = this.frames.get(url);
    this.frames.delete(url);
    this.bytes -= frame.bytes;
    if (!this.isShown?.(frame)) free(frame);
  }

  /** What is under way over a line that was dead begins anew. */
  askAgain() {
    for (const job of [...this.jobs.values()].filter((each) => each.isSent)) {
      this.worker.postMessage({ abort: job.id });
      job.id = ++this.count;
      this.send(job);
    }
    for (const [url, { element }] of this.previews) if (!element.complete) element.src = url;
  }

  /** Stops all fetches but these; those in the background alone, or every one. */
  only(urls, isLow = false) {
    if (!isLow) this.first = urls;
    for (const job of [...this.jobs.values()]) {
      if (urls.includes(job.url) || (isLow && !job.low)) continue;
      if (job.isSent) this.worker.postMessage({ abort: job.id });
      this.jobs.delete(job.url);
      job.reject({ problem: "aborted" });
    }
  }

  /** Fetches ahead, in this order and at low priority, and nothing else in the background. */
  expect(frameUrls, previewUrls) {
    this.only(frameUrls, true);
    for (const url of previewUrls) this.peek(url);
    for (const url of frameUrls) this.load(url, { low: true }).catch(() => {});
  }

  /** A promise of a decoded image element, which is its ``image`` once it came. */
  preview(url) {
    const kept = this.peek(url, "high");
    if (!kept.promise) {
      // What failed ahead (nobody was signed in, the line was dead) is asked for once more, now that it is wanted.
      const again = () => (kept.element = picture(url, "high")).decode();
      kept.promise = kept.element.decode().catch(again).then(() => (kept.promise.image = kept.element));
      kept.promise.catch(() => this.previews.delete(url));
    }
    return kept.promise;
  }

  /** Fetches a preview and does not decode it: few are ever looked at, and the browser keeps what it decoded for long. */
  peek(url, fetchPriority = "low") {
    if (!this.previews.has(url)) {
      this.previews.set(url, { element: picture(url, fetchPriority) });
      if (this.previews.size > PREVIEWS) this.previews.delete(this.previews.keys().next().value);
    }
    return this.previews.get(url);
  }

  /** Nothing of anybody stays in memory. Whoever waits for a picture is told why none comes; the next one asked for gets a new worker. */
  clear() {
    this.worker?.terminate();
    this.worker = null;
    for (const job of this.jobs.values()) job.reject({ problem: "signed-out" });
    for (const store of [this.frames, this.jobs, this.previews]) store.clear();
    this.bytes = 0;
  }
}
