// One viewport: a picture on a canvas with its place, its window and its corner words. The old picture stays until the new one is drawn.

import { UPRIGHT, coloured, described, greyTable, inWords, moved, ownLook, placing, sampled } from "./common.js";

const FIRST_PAUSE = 1000; // ms; doubled before each try
const AFRESH = { view: { orientation: UPRIGHT }, chosen: null, isInverted: false };

const priorOf = ({ prior }) => (prior ? `Prior${prior > 1 ? ` ${prior}` : ""}` : "");
export const titleOf = (image) => [priorOf(image), image.name, image.note].filter(Boolean).join(" ");

export class Viewport {
  constructor(element, loader, hooks) {
    Object.assign(this, { element, loader, hooks }, AFRESH);
    this.canvas = element.querySelector("canvas");
    this.context = this.canvas.getContext("2d", { alpha: false });
    this.svg = element.querySelector(".marks");
    this.lens = element.querySelector(".lens");
    this.drawings = new Map(); // of marks
    this.turn = 0;
    new ResizeObserver(() => this.measure() && (this.redraw(), hooks.resized())).observe(element);
    element.querySelector("[data-again]").addEventListener("click", () => this.retry());
  }

  get header() { return this.frame?.header; }
  /** {width, height, stretch} */
  get size() { return this.header ?? this.image; }
  get place() { return this.placed(this.view.zoom ?? this.sharedFit); }
  get look() { return this.chosen ?? ownLook(this.header); }
  /** Device pixels of one CSS pixel. */
  get ratio() { return devicePixelRatio; }
  /** Millimetres of one pixel along its finer axis, or 0. */
  get spacing() { return Math.min(...(this.header?.spacing ?? [0])); }

  placed(zoom) { return placing({ ...this.view, zoom }, this.size, this.canvas.width, this.canvas.height); }

  /** Device pixels of a millimetre when the whole picture fits, or null. */
  get fitScale() { return this.image && this.spacing ? this.placed(null).z / this.spacing : null; }

  /** The zoom at which it fits together with those it is linked to, in mm; null where it fits by itself alone. */
  get sharedFit() {
    const zoom = this.hooks.scale() * this.spacing;
    return zoom && zoom < this.placed(null).z * 0.999999 ? zoom : null;
  }

  get state() {
    const { image, index: frame, frame: values, isInverted: inverted } = this;
    const { isFlipped: flipped, angle } = described(this.view.orientation);
    return { image: image.id, frame, stage: values ? "full" : "preview", window: values ? inWords(this.header, this.look) : "", zoom: Number(this.place.z.toFixed(3)), inverted, flipped, angle };
  }

  // ---- Getting a picture ------------------------------------------------------------------------------------------------

  /** Begins to load; null when ``commit`` can draw now, else a promise of something to draw. */
  stage(image, index = 0) {
    const problem = image.problem && { words: image.problem };
    const next = { image, index, problem, url: problem ? undefined : image.frameUrls[index] };
    this.next = next;
    this.turn++;
    next.frame = next.url && this.loader.get(next.url);
    if (next.frame) return null;
    const preview = image.preview && !index ? this.loader.preview(image.preview) : null;
    if (next.url) next.loading = this.fetch(next, preview);
    if (!preview) return next.loading ?? null;
    next.preview = preview.image;
    next.previewing = preview.then((picture) => (next.preview = picture), () => next.loading ?? (next.failure = { problem: "network" }));
    return next.preview ? null : Promise.race([next.previewing, next.loading ?? next.previewing]);
  }

  /** The full picture, once the small one is here: on a slow line the two would hold each other up. */
  async fetch(next, preview) {
    if (preview && !preview.image && !this.loader.isComing(next.url)) await preview.catch(() => {});
    if (this.next !== next && this.now !== next) return new Promise(() => {}); // another case was opened: nobody waits any more
    try {
      next.frame = await this.loader.load(next.url, { waits: () => this.say(next, "Preparing the full picture") });
    } catch (failure) {
      if (failure.problem === "aborted") await new Promise(() => {});
      next.failure = failure;
    }
  }

  /** Draws what was staged; ``keepView`` within a stack, else as the ``kept`` view of its group. Later parts draw themselves and call hooks.settled. */
  commit(keepView, { kept } = {}) {
    const next = this.next;
    if (!next) return;
    this.next = null;
    const { image, index, frame, preview, url } = next;
    const isAgain = keepView && !frame && url && url === this.url; // what is said of it stands until this try has an end
    Object.assign(this, { image, index, frame, preview, url, now: next });
    if (!keepView) Object.assign(this, AFRESH, kept, { pause: FIRST_PAUSE });
    this.element.dataset.picture = image.id;
    const title = titleOf(image);
    this.element.ariaLabel = `${title} picture`;
    this.canvas.ariaLabel = this.element.querySelector(".mark-tl").textContent = title;
    isAgain || this.trouble(next.problem ?? next.failure);
    this.measure();
    this.redraw();
    if (!frame) next.loading?.then(() => this.arrive(next));
    if (!preview && !frame) next.previewing?.then(() => this.drawLate(next));
  }

  arrive(next) {
    if (this.now !== next) return;
    this.frame = next.frame;
    this.trouble(next.failure);
    this.redraw();
    this.hooks.settled();
  }

  drawLate(next) {
    if (this.now !== next || this.frame) return;
    this.preview = next.preview;
    this.trouble(next.problem ?? next.failure);
    this.redraw();
  }

  /** Whether nothing more is to come. */
  get isSettled() { return this.frame || this.now?.problem || this.now?.failure || (this.now && !this.url); }

  say(next, words) {
    next.note = words;
    if (this.now !== next) return;
    this.corners();
    this.hooks.waits();
  }

  trouble(problem) {
    if (problem?.problem === "signed-out") this.hooks.signedOut();
    clearTimeout(this.again);
    // A line that was lost comes back by itself; so does the picture, asked for ever more seldom.
    if (problem?.problem === "network") this.again = setTimeout(() => this.retry(), (this.pause = Math.min(2 * this.pause, 60_000)));
    const box = this.element.querySelector(".film-problem");
    box.hidden = !problem;
    if (!problem) return;
    box.querySelector("h2").textContent = this.preview ? "Only the preview can be shown" : "This picture cannot be shown";
    const says = box.querySelector("p");
    says.textContent = problem.words || says.getAttribute(`data-${problem.problem}`);
    box.querySelector("[data-again]").hidden = !problem.problem || problem.problem === "refused";
    box.classList.toggle("film-problem-aside", Boolean(this.preview));
  }

  /** Asks for the same picture again, unless another is on its way. */
  retry() {
    clearTimeout(this.again);
    if (!this.next) this.hooks.again(this);
  }

  // ---- Drawing -------------------------------------------------------------------------------------------------------------

  /** Lays the canvas on whole device pixels, which the frame's edges need not be: else the browser would blur what is exact. */
  measure() {
    const { ratio } = this;
    const { left, top, width, height } = this.element.getBoundingClientRect();
    const [w, h] = [width, height].map((side) => Math.max(1, Math.floor(side * ratio + 0.01)));
    const [x, y] = [left, top].map((side) => Math.round(side * ratio) / ratio - side);
    this.corner = [x, y];
    for (const one of [this.canvas, this.svg]) this.lay(one, 0, 0, w, h);
    if (w === this.canvas.width && h === this.canvas.height) return false;
    Object.assign(this.canvas, { width: w, height: h });
    return true;
  }

  /** Puts something over the canvas, in its device pixels. */
  lay({ style }, left, top, width, height) {
    const [x, y] = this.corner;
    const { ratio } = this;
    Object.assign(style, { left: `${x + left / ratio}px`, top: `${y + top / ratio}px`, width: `${width / ratio}px`, height: `${height / ratio}px` });
  }

  /** Everything again: the picture moved. */
  redraw() {
    if (!this.image) return;
    this.drawnAt = this.place.z;
    const fit = this.fit;
    this.sample = fit ? fit.sample : this.frame ? sampled(this.frame, this.place) : null;
    const pixels = fit && !this.chosen && !this.isInverted ? fit.pixels : null;
    this.raster = this.sample && (pixels ? new ImageData(pixels, this.sample.width) : new ImageData(this.sample.width, this.sample.height));
    this.clear();
    if (pixels) {
      fit.pixels = null; // from now on the viewport's own to write into
      this.context.putImageData(this.raster, this.sample.left, this.sample.top);
    } else if (this.sample) this.recolour();
    else if (this.preview && !this.frame) this.drawPreview();
    this.finish();
  }

  /** The window changed, the picture did not move. */
  retone() {
    if (this.sample) this.recolour();
    this.finish();
  }

  /** What the worker made of the frame for a viewport of this size, while the picture lies as it came. */
  get fit() {
    const { fit } = this.frame ?? {};
    const { orientation, zoom, centre } = this.view;
    const isFresh = orientation === UPRIGHT && !zoom && !centre && !this.sharedFit;
    return fit && isFresh && fit.vw === this.canvas.width && fit.vh === this.canvas.height ? fit : null;
  }

  get table() {
    const key = JSON.stringify([this.look, this.isInverted]);
    if (key !== this.tableKey || this.tableOf !== this.frame) this.greys = greyTable(this.header, this.look, this.isInverted);
    Object.assign(this, { tableKey: key, tableOf: this.frame });
    return this.greys;
  }

  recolour() {
    coloured(this.sample, this.table, this.raster);
    this.context.putImageData(this.raster, this.sample.left, this.sample.top);
  }

  clear() {
    this.context.setTransform(1, 0, 0, 1, 0, 0);
    this.context.fillStyle = "#000";
    this.context.fillRect(0, 0, this.canvas.width, this.canvas.height);
  }

  drawPreview() {
    const { toScreen, width, height } = this.place;
    const [[x, y], [ax, ay], [bx, by]] = [[0, 0], [width, 0], [0, height]].map(toScreen);
    const { naturalWidth: w, naturalHeight: h } = this.preview;
    this.context.setTransform((ax - x) / w, (ay - y) / w, (bx - x) / h, (by - y) / h, x, y);
    this.context.imageSmoothingQuality = "high";
    this.context.drawImage(this.preview, 0, 0);
    if (!this.isInverted) return;
    this.context.globalCompositeOperation = "difference";
    this.context.fillStyle = "#fff";
    this.context.fillRect(0, 0, w, h);
    this.context.globalCompositeOperation = "source-over";
  }

  finish() {
    this.corners();
    this.drawLens();
    this.hooks.drawn(this);
  }

  corners() {
    const { isFlipped, angle } = described(this.view.orientation);
    const flags = [this.isInverted && "INVERTED", isFlipped && "FLIPPED", angle && `ROTATED ${angle}°`, !this.frame && this.preview && this.url && "PREVIEW"];
    this.element.querySelector("[data-flags]").replaceChildren(
      ...flags.filter(Boolean).map((word) => Object.assign(document.createElement("span"), { className: "mark-flag", textContent: word })),
    );
    const { z } = this.place;
    const times = Number(Math.max(z, 1 / z).toFixed(1));
    const zoom = `${times === 1 && z !== 1 ? "≈ " : ""}${z >= 1 ? `${times}:1` : `1:${times}`}`; // 1:1 alone is exact
    this.element.querySelector("[data-readout]").textContent = [this.frame && inWords(this.header, this.look), zoom].filter(Boolean).join("   ");
    this.element.querySelector("[data-place]").textContent = [this.hooks.where(this), !this.frame && this.now?.note].filter(Boolean).join("   ");
  }

  // ---- Moving it -----------------------------------------------------------------------------------------------------------

  /** CSS pixels of the page → device pixels of the canvas. */
  at({ clientX, clientY }) {
    const box = this.canvas.getBoundingClientRect();
    return [(clientX - box.left) * this.ratio, (clientY - box.top) * this.ratio];
  }

  get middle() { return [this.canvas.width / 2, this.canvas.height / 2]; }

  zoomTo(wanted, at) {
    const place = this.place;
    const least = Math.min(1, place.vw / place.W, place.vh / place.H) / 4;
    const zoom = Math.min(32, Math.max(least, wanted));
    this.view = at || this.view.centre ? moved(this.view, place, zoom, at ?? this.middle) : { ...this.view, zoom };
  }

  panBy(dx, dy) {
    const [x, y] = this.middle;
    this.view = moved(this.view, this.place, this.place.z, [x, y], [x + dx, y + dy]);
  }

  /** Where this looks, from the picture's middle, and how large; for another viewport to follow. */
  get stand() {
    const { width: w, height: h, z, sx, sy } = this.place;
    const [cx, cy] = this.view.centre ?? [w / 2, h / 2];
    return { mm: this.spacing, fits: !this.view.zoom, zoom: z, offset: [(cx - w / 2) * sx, (cy - h / 2) * sy], share: [cx / w, cy / h] };
  }

  follow({ mm, fits, zoom, offset, share }, was, withPlace) {
    if (!this.image) return;
    const { width: w, height: h, z: old, sx, sy } = this.place;
    const isKnown = mm && this.spacing;
    const factor = isKnown ? this.spacing / mm : 1;
    const z = isKnown ? zoom * factor : old * (was ? zoom / was : 1);
    const centre = !withPlace ? this.view.centre : isKnown ? [w / 2 + offset[0] / factor / sx, h / 2 + offset[1] / factor / sy] : [share[0] * w, share[1] * h];
    const { orientation } = this.view;
    this.view = fits ? { orientation } : { orientation, zoom: z, centre };
  }

  /** Lets go of what it held: another hanging has fewer pictures. */
  rest() {
    clearTimeout(this.again);
    Object.assign(this, { image: null, frame: null, now: null, next: null, sample: null, raster: null });
    Object.assign(this.canvas, { width: 1, height: 1 });
  }

  // ---- Magnifier --------------------------------------------------------------------------------------------------------------

  drawLens(at = this.lensAt) {
    this.lensAt = at;
    this.lens.hidden = !this.hasLens || !this.frame;
    if (this.lens.hidden) return;
    const [x, y] = at ?? this.middle;
    const side = Math.round(220 * this.ratio);
    Object.assign(this.lens, { width: side, height: side });
    this.lay(this.lens, Math.round(x - side / 2), Math.round(y - side / 2), side, side);
    const place = this.place;
    const zoom = Math.max(2 * place.z, Math.min(2, this.ratio));
    const near = placing({ ...this.view, zoom, centre: place.toImage([x, y]) }, this.size, side, side);
    const sample = sampled(this.frame, near);
    const context = this.lens.getContext("2d", { alpha: false });
    if (!sample) return;
    const raster = new ImageData(sample.width, sample.height);
    coloured(sample, this.table, raster);
    context.putImageData(raster, sample.left, sample.top);
  }
}
