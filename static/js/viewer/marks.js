// Marks on the pictures: drawn as SVG over the canvas, kept in image coordinates, handed to the verdict's forms as JSON.

import { modality } from "./common.js";
import { NAMES, POINTS, words } from "./measure.js";

const LINE = 16; // CSS pixels from one line of words to the next
const SVG = "http://www.w3.org/2000/svg";
const dress = (node, attributes) => {
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
};
const make = (name, attributes, parent) => {
  const node = document.createElementNS(SVG, name);
  dress(node, attributes);
  parent?.append(node);
  return node;
};
const round = (value) => Math.round(value * 100) / 100;

function outline({ kind }, points) {
  const [[ax, ay], [bx, by] = []] = points;
  if (kind === "point") return `M${ax - 7} ${ay}h14M${ax} ${ay - 7}v14`;
  if (kind === "box") return `M${ax} ${ay}H${bx}V${by}H${ax}Z`;
  if (kind !== "ellipse") return `M${points.map((point) => point.join(" ")).join("L")}`;
  const [rx, ry] = [Math.abs(bx - ax) / 2, Math.abs(by - ay) / 2];
  return `M${Math.min(ax, bx)} ${(ay + by) / 2}a${rx} ${ry} 0 1 0 ${2 * rx} 0a${rx} ${ry} 0 1 0 ${-2 * rx} 0`;
}

export class Marks {
  constructor(viewports, { editor, list, say }) {
    Object.assign(this, { viewports, editor, list, say, all: [], labels: [], selected: null });
    editor.addEventListener("change", ({ target }) => this.tie(target.name, target.value));
    editor.querySelector("[data-delete]").addEventListener("click", () => this.remove());
    editor.querySelector("[data-done]").addEventListener("click", () => this.select(null));
    document.addEventListener("focusin", ({ target }) => {
      const { mark } = target.closest?.("g.mark") ?? {};
      if (mark) this.select(mark);
    });
  }

  /** The marks of a case that opens. */
  begin(marks, labels) {
    this.all = marks.map((mark) => ({ ...mark, points: mark.points.map((point) => [...point]) }));
    this.labels = labels;
    this.editor.elements.label.replaceChildren(new Option("no label", ""), ...labels.map(({ key, name }) => new Option(name, key)));
    this.select(null);
    this.tell(false);
  }

  /** Those of what the viewport shows. */
  on(viewport) { return this.all.filter(({ image, frame }) => image === viewport.image?.id && frame === viewport.index); }

  // ---- Making and changing -------------------------------------------------------------------------------------------------

  /** The point, or the next to it on the picture. */
  within({ place: { width, height } }, [x, y]) { return [Math.min(width, Math.max(0, x)), Math.min(height, Math.max(0, y))]; }

  add(viewport, kind, point) {
    const mark = { kind, image: viewport.image.id, frame: viewport.index, points: Array.from({ length: kind === "point" ? 1 : 2 }, () => this.within(viewport, point)), label: null, certainty: null, text: "" };
    this.all.push(mark);
    this.select(mark);
    return mark;
  }

  /** A whole mark in the middle of what is seen, for those who do not drag. */
  place(viewport, kind) {
    const { width: w, height: h } = viewport.canvas;
    const spots = { length: [[0.4, 0.5], [0.6, 0.5]], angle: [[0.4, 0.4], [0.4, 0.6], [0.6, 0.6]], point: [[0.5, 0.5]] }[kind] ?? [[0.4, 0.4], [0.6, 0.6]];
    const mark = this.add(viewport, kind, [0, 0]);
    mark.points = spots.map(([x, y]) => this.within(viewport, viewport.place.toImage([x * w, y * h])));
    this.finish(mark);
    viewport.drawings.get(mark)?.group.focus();
  }

  /** A mark that is drawn; one without extent is dropped. */
  finish(mark) {
    const { points } = mark;
    if (points.some(([x, y], n) => n && Math.hypot(x - points[n - 1][0], y - points[n - 1][1]) < 0.5)) return this.remove(mark);
    this.tell();
    this.say(`${NAMES[mark.kind]} ${mark.text}`);
  }

  /** Moves one point, or all, by image pixels, and no further than the picture's edge. */
  shift(mark, dx, dy, n) {
    const { width, height } = this.viewports().find((each) => this.on(each).includes(mark))?.size ?? {};
    const points = n === undefined ? mark.points : [mark.points[n]];
    [width, height].forEach((size = Infinity, side) => {
      const places = points.map((point) => point[side]);
      const step = Math.max(-Math.min(...places), Math.min(size - Math.max(...places), [dx, dy][side]));
      for (const point of points) point[side] += step;
    });
    this.drawAll();
  }

  select(mark) {
    const before = this.selected;
    this.selected = mark ?? null;
    this.editor.hidden = !mark;
    this.editor.parentElement.toggleAttribute("data-editing", Boolean(mark));
    if (mark) {
      this.editor.elements.label.value = mark.label ?? "";
      this.editor.elements.certainty.value = mark.certainty ?? "";
    }
    if (before !== this.selected) this.drawAll();
  }

  tie(name, value) {
    if (!this.selected) return;
    this.selected[name] = value || null;
    if (name === "label" && value && !this.selected.certainty) this.selected.certainty = this.editor.elements.certainty.value = "certain";
    this.tell();
  }

  remove(mark = this.selected) {
    if (!mark) return;
    this.all = this.all.filter((each) => each !== mark);
    if (this.selected === mark) this.select(null);
    this.tell();
    this.say("Mark removed");
  }

  // ---- Showing ---------------------------------------------------------------------------------------------------------------

  drawAll() {
    for (const viewport of this.viewports()) this.draw(viewport);
  }

  draw(viewport) {
    const { drawings, image, place, ratio } = viewport;
    if (!image) return;
    const marks = this.on(viewport);
    for (const [mark, { group }] of drawings) if (!marks.includes(mark)) group.remove(), drawings.delete(mark);
    for (const mark of marks) this.outline(mark, viewport, mark.points.map((point) => place.toScreen(point).map((value) => round(value / ratio))));
    this.keepApart(viewport);
  }

  /** Moves words up or down by lines until they lie over no others'. */
  keepApart({ drawings, element }) {
    const placed = [];
    for (const { text, width, x: left, y } of drawings.values()) {
      const isFree = (at) => at > LINE && at < element.clientHeight && placed.every((other) => Math.abs(other.at - at) >= LINE || left > other.right || left + width < other.left);
      const at = [0, 1, -1, 2, -2, 3, -3, 4, -4].map((lines) => y + lines * LINE).find(isFree) ?? y;
      placed.push({ at, left, right: left + width });
      text.setAttribute("y", at);
    }
  }

  outline(mark, viewport, points) {
    const drawing = this.drawingOf(mark, viewport);
    const { group, shape, hit, text, handles } = drawing;
    const { header, frame } = viewport;
    if (header) mark.text = words(mark, header, frame.levels[0], this.storedOf(header));
    const path = outline(mark, points);
    shape.setAttribute("d", path);
    hit.setAttribute("d", path);
    while (handles.length < points.length) handles.push(make("circle", { r: 7, class: "mark-handle", role: "button", "aria-label": `Point ${handles.length + 1}`, "data-point": handles.length }, group));
    // By keyboard Tab goes on from the chosen mark to each of its points.
    handles.forEach((handle, n) => dress(handle, { cx: points[n][0], cy: points[n][1], tabindex: mark === this.selected ? 0 : -1 }));
    const said = this.said(mark);
    if (text.textContent !== said) (text.textContent = said), (drawing.width = text.getComputedTextLength());
    const [x, y] = points.at(-1);
    const room = viewport.element.clientWidth;
    // All of the words on the film, where the end of the mark is.
    Object.assign(drawing, { x: x > 0 && x < room ? Math.max(4, Math.min(x + 10, room - drawing.width - 4)) : x + 10, y: y - 8 });
    text.setAttribute("x", drawing.x);
    group.ariaLabel = this.named(mark);
    group.toggleAttribute("data-selected", mark === this.selected);
  }

  /** Its label and what it measures. */
  said({ label, certainty, text }) {
    const tied = this.labels.find(({ key }) => key === label)?.name;
    return [tied && [tied, certainty].filter(Boolean).join(", "), text].filter(Boolean).join(": ");
  }

  named(mark) { return `${NAMES[mark.kind]}, ${this.said(mark)}`; }

  storedOf(header) {
    const output = modality(header);
    return (u) => output(u - header.offset);
  }

  /** Each viewport has its own: a picture may hang in two. */
  drawingOf(mark, { drawings, svg }) {
    if (!drawings.has(mark)) {
      const group = make("g", { class: "mark", tabindex: 0, role: "group" }, svg);
      group.mark = mark;
      drawings.set(mark, { group, width: 0, hit: make("path", { class: "mark-hit" }, group), shape: make("path", { class: "mark-shape" }, group), text: make("text", {}, group), handles: [] });
    }
    return drawings.get(mark);
  }

  // ---- Telling ---------------------------------------------------------------------------------------------------------------

  get json() {
    const whole = this.all.filter(({ kind, points }) => points.length === POINTS[kind]);
    return JSON.stringify(whole.map((mark) => ({ ...mark, points: mark.points.map((point) => point.map(round)) })));
  }

  /** Draws, and fills the forms and the list. */
  tell(isChange = true) {
    this.drawAll();
    this.fill();
    this.list.replaceChildren(...this.all.map((mark) => Object.assign(document.createElement("li"), { textContent: this.named(mark) })));
    if (isChange) document.dispatchEvent(new Event("viewer:marks"));
  }

  fill() {
    for (const input of document.querySelectorAll("input[name=marks]")) input.value = this.json;
  }
}
