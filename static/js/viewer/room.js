// The viewports of the case on the screen: opening a case in one frame, hangings, stacks, linking, and the next cases ahead.

import { following, hung, stacks, steps } from "./hanging.js";
import { Viewport, titleOf } from "./viewport.js";

const LATE = 400; // ms until the reader is told that pictures are on their way
const clamp = (value, low, high) => Math.min(high, Math.max(low, value));

export class Room {
  constructor(element, loader) {
    Object.assign(this, { element, loader, pool: [], viewports: [], data: null, turn: 0, hanging: "", link: null, dirty: new Map() });
    this.films = element.querySelector(".films");
    this.strip = element.querySelector(".strip");
    this.template = element.querySelector("template[data-film]");
    loader.box = () => this.viewports.length ? [this.viewports[0].canvas.width, this.viewports[0].canvas.height] : null;
    loader.isShown = (frame) => this.pool.some((each) => [each.frame, each.now?.frame, each.next?.frame].includes(frame));
    this.hooks = {
      settled: () => this.settled(),
      again: (viewport) => this.put(viewport, viewport.image, viewport.index, true),
      waits: () => this.data && this.lookAhead(),
      drawn: (viewport) => this.marks?.draw(viewport),
      where: (viewport) => this.where(viewport),
      signedOut: () => this.loader.clear(),
      scale: () => this.scale,
      resized: () => this.level(),
    };
    this.watchScale();
  }

  /** What keys, buttons and pointers act on: none while a case opens, since those of the one before are out of sight. */
  get current() { if (this.data) return this.viewports.find((each) => each === this.chosen) ?? this.viewports[0]; }
  /** Unless the reader said otherwise: pictures of one view, and those that hang beside priors. */
  get isLinked() {
    const images = this.viewports.map(({ image }) => image);
    return this.link ?? (images.length > 1 && (new Set(images.map(({ rank }) => rank)).size === 1 || images.some(({ prior }) => prior)));
  }

  /** Device pixels of a millimetre at which each of the linked pictures fits; null where one does not know its size. */
  get scale() {
    if (this.viewports.length < 2 || this.films.hasAttribute("data-solo") || !this.viewports.every(({ image }) => image) || !this.isLinked) return null;
    const scales = this.viewports.map(({ fitScale }) => fitScale);
    return scales.every(Boolean) ? Math.min(...scales) : null;
  }

  /** Draws again what fits otherwise than it was drawn, since another picture came, went or turned. */
  level() {
    for (const each of this.viewports) if (each.image && each.drawnAt !== each.place.z) this.soon(each, "redraw");
  }

  viewport(n) {
    if (!this.pool[n]) {
      const element = this.template.content.firstElementChild.cloneNode(true);
      this.pool[n] = new Viewport(element, this.loader, this.hooks);
      element.addEventListener("focusin", () => this.choose(this.pool[n]));
    }
    return this.pool[n];
  }

  of(element) { return this.data && this.viewports.find((each) => each.element.contains(element)); }

  choose(viewport) {
    this.chosen = viewport;
    for (const each of this.viewports) each.element.toggleAttribute("data-current", each === this.current);
    this.onchange?.();
  }

  /** Another display scale (another screen, the browser's zoom) may leave each frame as large in CSS pixels, not in the device's. */
  watchScale() {
    matchMedia(`(resolution: ${devicePixelRatio}dppx)`).addEventListener("change", () => {
      for (const each of this.viewports) each.measure() && each.redraw();
      this.watchScale();
    }, { once: true });
  }

  // ---- A case ----------------------------------------------------------------------------------------------------------

  /** Shows the case once all its pictures can be drawn at least small; until then nothing of the one before is in sight. */
  async open(data) {
    const { marks = [], labels = [] } = data;
    if (data.case === this.data?.case) return this.marks.all.length ? this.marks.fill() : this.marks.begin(marks, labels);
    this.data = null;
    this.marks.begin(marks, labels);
    const { name, images } = hung(data, this.wanted);
    this.loader.only([...images, ...data.prefetch.flatMap((next) => next.images)].map((image) => image.frameUrls[0]));
    if (!(await this.stage(images))) return;
    Object.assign(this, { data, groups: stacks(data.images) });
    this.hang(name, images.length);
    this.marks.tell(false);
    this.paint();
  }

  /** Stages these pictures, and no others until all can be drawn at least small; false when another case was opened first. */
  async stage(images) {
    const turn = ++this.turn;
    this.isStaging = true;
    this.play(false);
    clearTimeout(this.late);
    const staged = images.map((image, n) => this.viewport(n).stage(image)).filter(Boolean);
    if (staged.length && !this.data) {
      this.films.dataset.stale = "";
      this.late = setTimeout(() => this.say((this.films.dataset.stale = "Loading")), LATE);
    }
    await Promise.all(staged);
    if (turn !== this.turn) return false;
    clearTimeout(this.late);
    this.isStaging = false;
    return true;
  }

  /** The line is back: what failed is asked for again, and what may wait for an answer that never comes. */
  askAgain() {
    this.loader.askAgain();
    for (const viewport of this.viewports) if (viewport.now?.failure?.problem === "network") viewport.retry();
  }

  /** How the pictures hang, for the record of what was judged. */
  get shown() {
    const pictures = this.viewports.map((each) => each.state);
    return { case: Number(this.element.dataset.case) || null, hanging: this.hanging, pictures };
  }

  hang(name, count) {
    this.hanging = name;
    for (const viewport of this.viewports) this.keep(viewport);
    this.films.removeAttribute("data-stale");
    this.films.removeAttribute("data-solo"); // all of a hanging is seen first
    this.viewports = Array.from({ length: count }, (_, n) => this.viewport(n));
    const shown = this.viewports.map(({ element }) => element);
    if (shown.length !== this.films.children.length || shown.some((each, n) => each !== this.films.children[n])) this.films.replaceChildren(...shown);
    this.films.dataset.count = count;
    for (const viewport of this.viewports) viewport.commit(false, this.groupOf(viewport.next));
    for (const viewport of this.pool.slice(count)) viewport.rest();
    for (const viewport of this.viewports) if (viewport.drawnAt !== viewport.place.z) viewport.redraw(); // in the same frame
    this.choose(this.current);
    this.fillStrip();
  }

  paint() {
    const { viewports } = this;
    const isLost = viewports.length && viewports.every(({ now, preview }) => now.failure?.problem === "network" && !preview);
    const stage = isLost ? "lost" : viewports.every((each) => each.isSettled) ? "full" : "preview";
    Object.assign(this.element.dataset, { case: this.data.case, painted: stage });
    const { data } = this;
    const detail = { case: data.case, stage };
    requestAnimationFrame(() => setTimeout(() => {
      document.dispatchEvent(new CustomEvent("viewer:painted", { detail }));
      if (stage === "full" && data === this.data) this.lookAhead(); // the screen comes first
    }));
  }

  settled() {
    this.level();
    this.onchange?.();
    if (this.data && this.viewports.every((each) => each.isSettled)) this.paint();
  }

  /** The next cases first, then what else of this one may be asked for. */
  lookAhead() {
    const next = this.data.prefetch.flatMap(({ images }) => images.slice(0, 4));
    const hanging = this.viewports.map(({ image, index }) => [image, index]);
    const here = this.groups.flatMap((group) => steps(group)).filter(([image, frame]) => !this.viewports.some((each) => each.image === image && each.index === frame));
    let values = 0; // of all these frames: what the loader would not keep is not asked for
    const within = (frames, most) => frames.filter(([image]) => (values += image.height * image.width) < most).map(([image, frame]) => image.frameUrls[frame]);
    within(hanging, 0);
    const frames = [...within(next.map((image) => [image, 0]), 14e7), ...within(here, 6e7)];
    this.loader.expect(frames.filter(Boolean), next.map((image) => image.preview).filter(Boolean));
  }

  /** Another hanging of the same case. */
  async cycle() {
    if (this.data.hangings.length < 2) return;
    this.wanted = following(this.data, this.hanging);
    const { name, images } = hung(this.data, this.wanted);
    if (!(await this.stage(images))) return;
    this.hang(name, images.length);
    this.say(`${name}: ${images.map(titleOf).join(", ")}`);
    this.paint();
  }

  // ---- Stacks and thumbnails ---------------------------------------------------------------------------------------------------

  groupOf(viewport) { return this.groups?.find((group) => group.includes(viewport?.image)); }

  /** A picture comes back as it was left, until the case changes. */
  keep(viewport) {
    const { view, chosen, isInverted } = viewport;
    const group = this.groupOf(viewport);
    if (group) group.kept = { view, chosen, isInverted };
  }

  stackOf(viewport) { return steps(this.groupOf(viewport) ?? []); }

  placeIn(stack, { image, index }) { return stack.findIndex(([each, frame]) => each === image && frame === index); }

  where(viewport) {
    const stack = this.stackOf(viewport);
    return stack.length > 1 ? `${this.placeIn(stack, viewport) + 1} of ${stack.length}` : "";
  }

  /** Steps through the stack; false if it has but one picture. */
  scroll(viewport, by, isRound = false) {
    const stack = this.stackOf(viewport);
    if (stack.length < 2) return false;
    const to = this.placeIn(stack, viewport.next ?? viewport) + by;
    const [image, index] = stack[isRound ? (to + stack.length) % stack.length : clamp(to, 0, stack.length - 1)];
    this.put(viewport, image, index, true);
    return true;
  }

  /** Another picture in this viewport, unless a case or a hanging is about to fill it. */
  async put(viewport, image, index = 0, keepView = false) {
    if (this.isStaging) return;
    const staged = viewport.stage(image, index);
    const { turn } = viewport;
    if (staged) await staged;
    if (turn !== viewport.turn || !viewport.next) return;
    this.keep(viewport);
    viewport.commit(keepView, this.groupOf(viewport.next));
    this.mark();
    this.settled();
  }

  play(isOn = !this.isPlaying, rate = this.rate ?? 10) {
    clearInterval(this.timer);
    Object.assign(this, { rate, isPlaying: isOn && this.stackOf(this.current).length > 1 });
    if (this.isPlaying) this.timer = setInterval(() => !this.current.next && this.scroll(this.current, 1, true), 1000 / rate);
    this.onchange?.();
  }

  fillStrip() {
    const many = this.groups.length > 1 ? this.groups : [];
    this.strip.replaceChildren(...many.map((group) => this.thumb(group)));
    this.strip.toggleAttribute("data-all-hang", this.groups.length <= this.viewports.length);
    this.mark();
  }

  thumb(group) {
    const [image] = group;
    const count = steps(group).length;
    const button = Object.assign(document.createElement("button"), { type: "button", className: "thumb" });
    if (image.thumbnail) button.append(Object.assign(new Image(), { src: image.thumbnail, alt: "" }));
    const note = [titleOf(image), image.seriesNote, count > 1 && count].filter(Boolean).join(" · ");
    button.append(Object.assign(document.createElement("span"), { className: "thumb-note", textContent: note }));
    button.title = note;
    button.addEventListener("click", () => this.put(this.current, image));
    return button;
  }

  /** Marks the thumbnails of what hangs. */
  mark() {
    [...this.strip.children].forEach((button, n) => {
      button.ariaCurrent = this.viewports.some(({ image }) => this.groups[n].includes(image)) || null;
    });
    this.onchange?.();
  }

  /** The next picture of the study, or the one before, in this viewport. */
  turnTo(viewport, by) {
    const n = this.groups.length;
    if (n < 2) return;
    const [image] = this.groups[(this.groups.indexOf(this.groupOf(viewport)) + by + n) % n];
    this.put(viewport, image);
    this.say(titleOf(image));
  }

  // ---- Changes, drawn once a frame ---------------------------------------------------------------------------------------------

  soon(viewport, how) {
    if (!this.dirty.size) requestAnimationFrame(() => this.flush());
    if (this.dirty.get(viewport) !== "redraw") this.dirty.set(viewport, how);
  }

  flush() {
    const dirty = [...this.dirty];
    this.dirty.clear();
    for (const [viewport, how] of dirty) viewport[how]();
  }

  /** After ``change`` moved the picture; linked viewports follow, in mm where both know them. */
  move(viewport, change) {
    const was = viewport.place.z;
    change(viewport);
    this.soon(viewport, "redraw");
    if (!this.isLinked) return;
    for (const other of this.viewports) {
      if (other === viewport) continue;
      other.follow(viewport.stand, was, this.link || other.image.rank === viewport.image.rank); // frontal and lateral differ in place
      this.soon(other, "redraw");
    }
  }

  /** After ``change`` altered the window; viewports of the same series follow. */
  tone(viewport, change) {
    if (change) change(viewport);
    for (const each of this.viewports) {
      if (each.image.series !== viewport.image.series) continue;
      Object.assign(each, { chosen: viewport.chosen, isInverted: viewport.isInverted });
      this.soon(each, each.frame ? "retone" : "redraw");
    }
    this.onchange?.();
  }
}
