// Files on their way: a few at once, each piece after piece; a lost line is waited for, a lost session told.
import { Refused, SignedOut, announce, send } from "./wire.js";

const AT_ONCE = 3;
const LONGEST_WAIT = 30_000;

export class Queue {
  // room: the element with the addresses and limits; hear(file | null): something changed of this file, or of the whole.
  constructor(room, hear) {
    this.url = room.dataset.files;
    this.piece = Number(room.dataset.piece);
    this.announced = Number(room.dataset.announced);
    this.hear = hear;
    this.files = [];
    this.problem = "";
    this.isPaused = false;
    this.workers = 0;
    this.wake = () => {};
  }

  get waiting() { return this.files.filter((file) => file.state === "waiting"); }
  get size() { return this.files.reduce((sum, file) => sum + file.source.size, 0); }
  get sent() { return this.files.reduce((sum, file) => sum + file.offset, 0); }
  get isDone() { return this.files.length > 0 && this.files.every((file) => file.state === "done"); }

  async add(chosen) {
    for (let start = 0; start < chosen.length; start += this.announced) {
      const some = chosen.slice(start, start + this.announced);
      const names = some.map(({ name, source, isReports }) => ({ name, size: source.size, is_reports: isReports }));
      const places = await this.patiently(() => announce(this.url, names));
      if (!places) return;
      places.forEach((place, index) => this.enter(some[index], place));
      this.hear(null);
      this.go();
    }
  }

  enter({ name, source, isReports }, place) {
    const old = this.files.find((file) => file.name === name && file.isReports === isReports);
    if (old && old.state !== "refused") return;
    if (old) this.files.splice(this.files.indexOf(old), 1);
    const state = place.problem ? "refused" : place.is_whole ? "done" : "waiting";
    this.files.push({ name, source, isReports, pk: place.pk, offset: place.offset, state, problem: place.problem });
  }

  go() {
    while (this.workers < AT_ONCE && this.waiting.length > this.workers) {
      this.workers += 1;
      this.work().finally(() => { this.workers -= 1; this.hear(null); });
    }
  }

  async work() {
    for (let file = this.waiting[0]; file && !this.isPaused; file = this.waiting[0]) await this.sendFile(file);
  }

  async sendFile(file) {
    file.state = "sending";
    this.hear(file);
    let elsewhere = 0; // answers in a row that the server stands elsewhere
    while (file.state === "sending") {
      if (this.isPaused) { file.state = "waiting"; break; }
      const piece = file.source.slice(file.offset, file.offset + this.piece);
      const answer = await this.patiently(() => send(`${this.url}${file.pk}/`, piece, file.offset), file);
      if (!answer) break;
      elsewhere = answer.isElsewhere ? elsewhere + 1 : 0;
      if (elsewhere > 5) { file.state = "refused"; file.problem = answer.detail; }
      file.offset = answer.offset;
      if (answer.is_whole || file.offset === file.source.size) file.state = "done";
      this.hear(file);
    }
    this.hear(file);
  }

  // Runs it until it succeeds or is refused; undefined when it was refused, paused or the session has ended.
  async patiently(step, file = null) {
    for (let wait = 1000; ; wait = Math.min(2 * wait, LONGEST_WAIT)) {
      try {
        const answer = await step();
        if (this.problem) { this.problem = ""; this.hear(null); }
        return answer;
      } catch (error) {
        if (error instanceof Refused || error instanceof DOMException) {
          const text = error instanceof Refused ? error.message : "The browser can no longer read it; choose it again.";
          if (!file) { this.problem = text; this.hear(null); return undefined; }
          file.state = "refused";
          file.problem = text;
          return undefined;
        }
        if (error instanceof SignedOut) {
          this.isPaused = true;
          this.problem = `Your session has ended. Sign in again in another tab, then ${file ? "press Go on" : "choose the files again"}.`;
          if (!file) this.isPaused = false;
          if (file) file.state = "waiting";
          this.hear(file);
          return undefined;
        }
        this.problem = "The connection is lost; what is sent stays sent. Trying again…";
        this.hear(file);
        await new Promise((done) => { this.wake = done; setTimeout(done, wait); });
        if (this.isPaused) { if (file) file.state = "waiting"; return undefined; }
      }
    }
  }

  pause() { this.isPaused = true; this.wake(); this.hear(null); }
  resume() { this.isPaused = false; this.problem = ""; this.go(); this.hear(null); }
}
