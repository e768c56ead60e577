// What each key and button does to the current viewport, by the ids of labeling/keymap.py.

import { UPRIGHT, asWindow, changed, flipped, flippedVertically, inWords, presets, rotated } from "./common.js";
import { POINTS } from "./measure.js";

const STEP = 40; // device pixels, and a tenth of a window

const turned = (how, words) => (room, viewport) => {
  room.move(viewport, () => (viewport.view = { ...viewport.view, orientation: how(viewport.view.orientation) }));
  room.say(words);
};
const zoomed = (factor) => (room, viewport) => room.move(viewport, () => viewport.zoomTo(viewport.place.z * factor));
const fit = (room, viewport) => room.move(viewport, () => (viewport.view = { orientation: viewport.view.orientation }));

/** Darker by shares of the width (level), softer by a factor; a lookup table becomes a window first. */
export function windowed(room, viewport, level, factor) {
  const { header } = viewport;
  if (!header) return room.say("The preview has no window to change");
  const { look } = viewport;
  room.tone(viewport, () => {
    if (asWindow(header, look).isFalling) viewport.isInverted = !viewport.isInverted;
    viewport.chosen = changed(header, look, level, factor, viewport.isInverted);
  });
}
const toned = (level, factor) => (room, viewport) => {
  windowed(room, viewport, level, factor);
  if (viewport.header) room.say(inWords(viewport.header, viewport.look));
};

export function usePreset(room, viewport, n) {
  const preset = viewport?.frame && presets(viewport.frame)[n];
  if (!preset) return;
  room.tone(viewport, () => (viewport.chosen = n ? preset.look : null));
  room.say(preset.name);
}

/** Arrow keys move the chosen mark (the point that has the focus, or its last with Shift), else the picture; up and down step through a stack. */
const arrow = (dx, dy) => (room, viewport, event) => {
  const { selected } = room.marks;
  if (room.marks.on(viewport).includes(selected)) {
    const { toImage, z } = viewport.place;
    const step = Math.max(1, z);
    const [[ax, ay], [bx, by]] = [[0, 0], [dx * step, dy * step]].map(toImage);
    room.marks.shift(selected, bx - ax, by - ay, event?.shiftKey ? selected.points.length - 1 : document.activeElement.dataset.point);
    return room.marks.tell();
  }
  if (dy && room.scroll(viewport, dy)) return;
  room.move(viewport, () => viewport.panBy(dx * STEP * viewport.ratio, dy * STEP * viewport.ratio));
};

/** A mark's tool asked for twice, or by a button without a pointer, puts a mark in the middle. */
const tool = (kind) => (room, viewport, event) => {
  const isAgain = room.tool === kind || (event?.type === "click" && event.detail === 0);
  room.take(isAgain && POINTS[kind] ? "window" : kind);
  if (isAgain && POINTS[kind]) room.marks.place(viewport, kind);
};

export const ACTIONS = {
  "picture.invert": (room, viewport) => {
    room.tone(viewport, () => (viewport.isInverted = !viewport.isInverted));
    room.say(viewport.isInverted ? "Inverted" : "Not inverted");
  },
  "picture.flip": turned(flipped, "Flipped left and right"),
  "picture.flip_vertical": turned(flippedVertically, "Flipped top and bottom"),
  "picture.rotate": turned(rotated, "Rotated by a quarter"),
  "picture.zoom_in": zoomed(1.25),
  "picture.zoom_out": zoomed(0.8),
  "picture.one_to_one": (room, viewport) => room.move(viewport, () => viewport.zoomTo(1)),
  "picture.fit": fit,
  "picture.reset": (room, viewport) => {
    room.move(viewport, () => (viewport.view = { orientation: UPRIGHT }));
    room.tone(viewport, () => Object.assign(viewport, { chosen: null, isInverted: false }));
    room.say("As it came");
  },
  "picture.darker": toned(0.05, 1),
  "picture.brighter": toned(-0.05, 1),
  "picture.softer": toned(0, 1.15),
  "picture.harder": toned(0, 1 / 1.15),
  ...Object.fromEntries([1, 2, 3, 4, 5].map((n) => [`picture.preset_${n}`, (room, viewport) => usePreset(room, viewport, n - 1)])),
  "picture.left": arrow(-1, 0),
  "picture.right": arrow(1, 0),
  "picture.up": arrow(0, -1),
  "picture.down": arrow(0, 1),
  "picture.next_image": (room, viewport) => room.turnTo(viewport, 1),
  "picture.previous_image": (room, viewport) => room.turnTo(viewport, -1),
  "picture.cine": (room) => room.play(),
  "picture.magnifier": (room, viewport) => {
    room.hasLens = !room.hasLens;
    for (const each of room.viewports) (each.hasLens = room.hasLens && each === viewport), each.drawLens();
  },
  "picture.full": (room, viewport) => {
    if (room.viewports.length < 2) return;
    room.choose(viewport);
    room.films.toggleAttribute("data-solo");
    for (const each of room.viewports) each.measure(), each.redraw();
  },
  // The whole page: guidelines and dialogs stand beside the room. Esc is the browser's own way back.
  "picture.full_screen": () => (document.fullscreenElement ? document.exitFullscreen() : document.documentElement.requestFullscreen?.().catch(() => {})),
  "hanging.next": (room) => room.cycle(),
  "hanging.link": (room, viewport) => {
    room.link = !room.isLinked;
    room.move(viewport, () => {});
    room.level();
    room.say(room.link ? "Zoom and place linked" : "Zoom and place apart");
  },
  "tool.window": tool("window"),
  "tool.pan": tool("pan"),
  ...Object.fromEntries(Object.keys(POINTS).map((kind) => [`tool.${kind}`, tool(kind)])),
  "mark.delete": (room) => room.marks.remove(),
};
