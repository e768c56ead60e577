// Keys of the reading room: one listener, the reader's own map (JSON in #keymap: action to keys), handlers by action.
//   import { bind, claim } from "…/keys.js";
//   bind("picture.invert", (event) => …);
//   claim((event, name, isTyping, meant) => true | false);   asked first, newest first: true means the key is dealt with; `meant`
//                                              are the actions it has
// Keys are named by namesOf: "i", "Shift+N", "Ctrl+z", "Space", "ArrowUp", "?". Nothing happens while the reader types, while a
// modal dialog is open, and on repeats of a held key but for the steps below.

const REPEATS = /^picture\.(left|right|up|down|zoom_.+|darker|brighter|softer|harder|.+_image)$/;
const handlers = new Map();
const claims = [];
const map = JSON.parse(document.getElementById("keymap")?.textContent || "{}");
const actions = new Map(Object.entries(map).flatMap(([action, keys]) => keys.map((key) => [key, action])));

export const bind = (action, handler) => handlers.set(action, handler);
export const claim = (ask) => claims.unshift(ask);

/** Names of the key, the likeliest first. A key of the row of digits has two, since layouts differ: the digit it bears, whatever it
 * writes ("1" and "&"); with Shift what it writes comes first ("*" and "Shift+8"), which a digit then never is. */
export function namesOf(event) {
  const held = (event.ctrlKey || event.metaKey ? "Ctrl+" : "") + (event.altKey ? "Alt+" : "");
  const key = event.key === " " ? "Space" : event.key;
  const shift = event.shiftKey ? "Shift+" : "";
  const isLetter = /^\p{L}$/u.test(key);
  const written = held + (isLetter ? shift + (shift ? key.toUpperCase() : key.toLowerCase()) : (key.length > 1 ? shift : "") + key);
  const digit = /(?<=^Digit)\d$|^\d$/;
  const found = digit.exec(event.code) ?? digit.exec(key);
  if (!found) return [written];
  const borne = held + shift + found;
  return !shift ? [borne, written] : digit.test(key) ? [borne] : [written, borne];
}

const typing = (target) => Boolean(target.closest?.("textarea, select, [contenteditable], input:not([type=checkbox], [type=radio], [type=button], [type=submit])"));

/** Enter and Space press what has the focus, arrows move within radio buttons: the page's own keys stay away from these. */
function isNative(event) {
  if (event.key === "Enter" || event.key === " ") return Boolean(event.target.closest?.("a[href], button, summary, input[type=checkbox], input[type=radio]"));
  return event.key.startsWith("Arrow") && Boolean(event.target.closest?.("input[type=radio]"));
}

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.isComposing || document.querySelector("dialog:modal")) return;
  const names = namesOf(event);
  const meant = names.map((name) => actions.get(name)).filter(Boolean);
  for (const ask of claims) {
    if (!ask(event, names[0], typing(event.target), meant)) continue;
    event.preventDefault();
    return;
  }
  if (typing(event.target) || isNative(event)) return;
  const action = meant.find((one) => handlers.has(one));
  if (!action || (event.repeat && !REPEATS.test(action))) return;
  event.preventDefault();
  handlers.get(action)(event);
});
