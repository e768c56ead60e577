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
const isOn = (mark, viewport) => mark.image === viewport.image?.id && mark.frame === viewport.index;

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
    Object.assign(this, { viewports, editor, list, say, all: [], labels: [], selected: null, drawings: new Map() });
    editor.addEventListener("change", ({ target }) => this.tie(target.name, target.value));
    editor.querySelector("[data-delete]").addEventListener("click", () => this.remove());
    editor.querySelector("[data-done]").addEventListener("click", () => this.select(null));
    document.addEventListener("focusin", ({ target }) => target.closest?.("g.mark") && this.select(this.of(target.closest("g.mark"))));
  }

  /** The marks of a case that opens. */
  begin(marks, labels) {
    for (const { group } of this.drawings.values()) group.remove();
    this.drawings.clear();
    this.all = marks.map((mark) => ({ ...mark, points: mark.points.map((point) => [...point]) }));
    this.labels = labels;
    this.editor.elements.label.replaceChildren(new Option("no label", ""), ...labels.map(({ key, name }) => new Option(name, key)));
    this.select(null);
    this.tell(false);
  }

  of(group) { return [...this.drawings].find(([, drawing]) => drawing.group === group)?.[0]; }

  // ---- Making and changing -------------------------------------------------------------------------------------------------

  add(viewport, kind, point) {
    const mark = { kind, image: viewport.image.id, frame: viewport.index, points: Array.from({ length: kind === "point" ? 1 : 2 }, () => [...point]), label: null, certainty: null, text: "" };
    this.all.push(mark);
    this.select(mark);
    return mark;
  }

  /** A whole mark in the middle of what is seen, for those who do not drag. */
  place(viewport, kind) {
    const { width: w, height: h } = viewport.canvas;
    const spots = { length: [[0.4, 0.5], [0.6, 0.5]], angle: [[0.4, 0.4], [0.4, 0.6], [0.6, 0.6]], point: [[0.5, 0.5]] }[kind] ?? [[0.4, 0.4], [0.6, 0.6]];
    const mark = this.add(viewport, kind, [0, 0]);
    mark.points = spots.map(([x, y]) => viewport.place.toImage([x * w, y * h]));
    this.finish(mark);
    this.drawings.get(mark)?.group.focus();
  }

  /** A mark that is drawn; one without extent is dropped. */
  finish(mark) {
    const { points } = mark;
    if (points.some(([x, y], n) => n && Math.hypot(x - points[n - 1][0], y - points[n - 1][1]) < 0.5)) return this.remove(mark);
    this.tell();
    this.say(`${NAMES[mark.kind]} ${mark.text}`);
  }

  /** Moves one point, or all, by image pixels. */
  shift(mark, dx, dy, n) {
    const viewport = this.viewports().find((each) => isOn(mark, each));
    const { width = Infinity, height = Infinity } = viewport?.size ?? {};
    mark.points.forEach((point, at) => {
      if (n !== undefined && at !== Number(n)) return;
      [dx, dy].forEach((by, side) => (point[side] = Math.min([width, height][side], Math.max(0, point[side] + by))));
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
    this.drawings.get(mark)?.group.remove();
    this.drawings.delete(mark);
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
    if (!viewport.image) return;
    for (const { group, svg } of this.drawings.values()) if (svg === viewport.svg && !this.all.some((mark) => isOn(mark, viewport) && this.drawings.get(mark).group === group)) group.remove();
    const { toScreen } = viewport.place;
    for (const mark of this.all.filter((each) => isOn(each, viewport))) {
      const points = mark.points.map((point) => toScreen(point).map((value) => round(value / viewport.ratio)));
      this.outline(mark, viewport, points);
    }
    this.keepApart(viewport);
  }

  /** Moves words up or down by lines until they lie over no others'. */
  keepApart(viewport) {
    const placed = [];
    for (const mark of this.all.filter((each) => isOn(each, viewport))) {
      const { text, width, x: left, y } = this.drawings.get(mark);
      const isFree = (at) => at > LINE && at < viewport.element.clientHeight && placed.every((other) => Math.abs(other.at - at) >= LINE || left > other.right || left + width < other.left);
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
    const tied = this.labels.find(({ key }) => key === mark.label)?.name;
    const said = [tied && `${tied}${mark.certainty ? `, ${mark.certainty}` : ""}`, mark.text].filter(Boolean).join(": ");
    if (text.textContent !== said) (text.textContent = said), (drawing.width = text.getComputedTextLength());
    const [x, y] = points.at(-1);
    const room = viewport.element.clientWidth;
    // All of the words on the film, where the end of the mark is.
    Object.assign(drawing, { x: x > 0 && x < room ? Math.max(4, Math.min(x + 10, room - drawing.width - 4)) : x + 10, y: y - 8 });
    text.setAttribute("x", drawing.x);
    group.ariaLabel = `${NAMES[mark.kind]}, ${said}`;
    group.toggleAttribute("data-selected", mark === this.selected);
  }

  storedOf(header) {
    const output = modality(header);
    return (u) => output(u - header.offset);
  }

  drawingOf(mark, viewport) {
    let drawing = this.drawings.get(mark);
    if (!drawing) {
      const group = make("g", { class: "mark", tabindex: 0, role: "group" });
      drawing = { group, width: 0, hit: make("path", { class: "mark-hit" }, group), shape: make("path", { class: "mark-shape" }, group), text: make("text", {}, group), handles: [] };
      this.drawings.set(mark, drawing);
    }
    if (drawing.group.parentNode !== viewport.svg) viewport.svg.append(drawing.group);
    drawing.svg = viewport.svg;
    return drawing;
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
    this.list.replaceChildren(...this.all.map((mark) => Object.assign(document.createElement("li"), { textContent: this.drawings.get(mark)?.group.ariaLabel ?? `${NAMES[mark.kind]}, ${mark.text}` })));
    if (isChange) document.dispatchEvent(new Event("viewer:marks"));
  }

  fill() {
    for (const input of document.querySelectorAll("input[name=marks]")) input.value = this.json;
  }
}
