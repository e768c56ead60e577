// The windows a reader may choose from: the file's own and some made from the picture's range; and how a drag changes them.

import { levelling, modality } from "./lut.js";

export const ownLook = (header) => (header.voiLuts.length ? { voi: 0 } : header.windows.length ? named(header, 0) : {});

function named(header, n) {
  const { center, width } = header.windows[n];
  return { center, width, shape: header.voiFunction };
}

/** Dark and bright end, in output units, of all but the outermost 2 % of the values. */
function ends(frame) {
  const { header, levels } = frame;
  const small = levels.find((level) => level.width * level.height < 9e4) ?? levels.at(-1);
  const [values, share] = small.planes;
  const kept = (share ? values.map((value, n) => (value / share[n]) * 0xffff).filter((_, n) => share[n]) : values.slice()).sort();
  const at = (share) => modality(header)((kept[Math.floor(share * (kept.length - 1))] ?? 0) - header.offset);
  return header.inverted ? [at(0.98), at(0.02)] : [at(0.02), at(0.98)];
}

const PARTS = [["Lung", 0, 0.55], ["Bone and spine", 0.4, 1], ["Lines and tubes", 0.25, 0.75], ["Equalised range", 0, 1]];

/** [{name, look}]: as it came, four of the picture's range, then the file's other windows and tables. */
export function presets(frame) {
  if (frame.presets) return frame.presets;
  const { header } = frame;
  const [dark, bright] = ends(frame);
  const part = ([name, from, to]) => ({
    name,
    look: { center: dark + ((bright - dark) * (from + to)) / 2, width: Math.max(1, Math.abs(bright - dark) * (to - from)), shape: "LINEAR_EXACT" },
  });
  const tables = header.voiLuts.map((lut, voi) => ({ name: lut.name || `Table ${voi + 1}`, look: { voi } }));
  const windows = header.windows.map((window, n) => ({ name: window.name || `Window ${n + 1}`, look: named(header, n) }));
  const others = [...tables, ...windows].slice(1);
  frame.presets = [{ name: "As it came", look: ownLook(header) }, ...PARTS.map(part), ...others];
  return frame.presets;
}

/** The look as a window that can be dragged; a table becomes the linear window that comes closest. */
export function asWindow(header, look) {
  if (look.center !== undefined) return look;
  const stored = modality(header);
  const [low, high] = header.range.map(stored).sort((a, b) => a - b);
  if (look.voi === undefined) return { center: (low + high) / 2 + 0.5, width: high - low + 1, shape: "LINEAR" };
  const level = levelling(header, look);
  const { first, entries } = header.voiLuts[look.voi];
  const isFalling = level(first) > level(first + entries.length - 1);
  const reached = (share) => {
    for (let n = 0; n < entries.length; n++) if (isFalling ? level(first + n) <= 255 - share : level(first + n) >= share) return first + n;
    return first + entries.length - 1;
  };
  const [a, b] = [reached(25.5), reached(229.5)];
  return { center: (a + b) / 2, width: Math.max(2, (b - a) / 0.8), shape: "LINEAR", isFalling };
}

/** The look darker (level above 0) by shares of its width, and softer by a factor. */
export function changed(header, look, level, factor, isInverted) {
  const { center, width, shape } = asWindow(header, look);
  const sense = header.inverted !== isInverted ? -1 : 1;
  return { center: center + sense * level * width, width: Math.max(shape === "LINEAR" ? 2 : 1e-3, width * factor), shape };
}

const short = (value) => (Math.abs(value) >= 100 ? Math.round(value) : Number(value.toPrecision(3)));

/** What the corner says of it. */
export function inWords(header, look) {
  if (look.voi !== undefined) return header.voiLuts[look.voi].name || `Table ${look.voi + 1}`;
  const { center, width } = asWindow(header, look);
  return `W ${short(width)} L ${short(center)}`;
}
