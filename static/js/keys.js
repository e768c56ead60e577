// Keys of the reading room: one listener, the reader's own map (JSON in #keymap: action to keys), handlers by action.
//   import { bind, claim } from "…/keys.js";
//   bind("picture.invert", (event) => …);      returns a function that unbinds
//   claim((event, name) => true | false);      asked first, newest first: true means the key is dealt with
// Keys are named by nameOf: "i", "Shift+N", "Ctrl+z", "Space", "ArrowUp", "?". Nothing happens while the reader types, while a
// modal dialog is open, and on repeats of a held key but for the steps below.

const REPEATS = /^picture\.(left|right|up|down|zoom_in|zoom_out|darker|brighter|softer|harder|next_image|previous_image)$/;
const handlers = new Map();
const claims = [];
let actions = new Map();

export function load() {
  const map = JSON.parse(document.getElementById("keymap")?.textContent || "{}");
  actions = new Map(Object.entries(map).flatMap(([action, keys]) => keys.map((key) => [key, action])));
}

export function bind(action, handler) {
  handlers.set(action, handler);
  return () => handlers.get(action) === handler && handlers.delete(action);
}

export function claim(ask) {
  claims.unshift(ask);
}

/** Names of the key, the likeliest first: a digit held with Shift has two, since layouts differ ("*" and "Shift+8"). */
export function namesOf(event) {
  const held = (event.ctrlKey || event.metaKey ? "Ctrl+" : "") + (event.altKey ? "Alt+" : "");
  const key = event.key === " " ? "Space" : event.key;
  if (/^\p{L}$/u.test(key)) return [held + (event.shiftKey ? `Shift+${key.toUpperCase()}` : key.toLowerCase())];
  if (key.length === 1) {
    const digit = event.shiftKey && /^Digit\d$/.test(event.code) ? [`${held}Shift+${event.code.at(-1)}`] : [];
    return [held + key, ...digit];
  }
  return [held + (event.shiftKey ? "Shift+" : "") + key];
}

export const nameOf = (event) => namesOf(event).at(-1);

const typing = (target) => Boolean(target.closest?.("textarea, select, [contenteditable], input:not([type=checkbox], [type=radio], [type=button], [type=submit])"));

/** Enter and Space press what has the focus, arrows move within radio buttons: the page's own keys stay away from these. */
function isNative(event) {
  if (event.key === "Enter" || event.key === " ") return Boolean(event.target.closest?.("a[href], button, summary, [role=button], input[type=checkbox], input[type=radio]"));
  return event.key.startsWith("Arrow") && Boolean(event.target.closest?.("input[type=radio]"));
}

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.isComposing || document.querySelector("dialog:modal")) return;
  const names = namesOf(event);
  for (const ask of claims) {
    if (!ask(event, names[0], typing(event.target))) continue;
    event.preventDefault();
    return;
  }
  if (typing(event.target) || isNative(event)) return;
  const action = names.map((name) => actions.get(name)).find((found) => found && handlers.has(found));
  if (!action || (event.repeat && !REPEATS.test(action))) return;
  event.preventDefault();
  handlers.get(action)(event);
});

load();
