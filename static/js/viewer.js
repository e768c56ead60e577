// The pictures of a case: window by drag, zoom at the pointer, pan, invert, one picture in full width; and the next
// case's pictures fetched ahead. Works on the preview pictures with transforms and filters; without it they are plain images.

const views = new WeakMap();
const LIMITS = { scale: [0.25, 16], level: [0.05, 1.5], width: [0.08, 3] };
const clamp = (value, [low, high]) => Math.min(high, Math.max(low, value));
const fresh = () => ({ scale: 1, x: 0, y: 0, level: 0.5, width: 1, inverted: false });

const viewOf = (film) => {
  if (!views.has(film)) views.set(film, fresh());
  return views.get(film);
};

function paint(film) {
  const view = viewOf(film);
  const image = film.querySelector("img");
  if (!image) return;
  image.style.transform = `translate(${view.x}px, ${view.y}px) scale(${view.scale})`;
  // out = (in - level) / width + 1/2, written as brightness, then contrast.
  const brightness = 1 / (2 * view.level);
  const contrast = (2 * view.level) / view.width;
  const asCame = view.level === 0.5 && view.width === 1;
  image.style.filter = (asCame ? "" : `brightness(${brightness}) contrast(${contrast})`) + (view.inverted ? " invert(1)" : "") || "none";
  const words = [];
  if (!asCame) words.push(`Window ${Math.round(view.width * 100)} · level ${Math.round(view.level * 100)}`);
  if (view.scale !== 1) words.push(`${view.scale.toFixed(1)} ×`);
  film.querySelector("[data-readout]").textContent = words.join("   ");
  const flags = film.querySelector("[data-flags]");
  flags.textContent = "";
  if (view.inverted) {
    const flag = document.createElement("span");
    flag.className = "mark-flag";
    flag.textContent = "INVERTED";
    flags.append(flag);
  }
}

function zoom(film, factor, clientX, clientY) {
  const view = viewOf(film);
  const box = film.getBoundingClientRect();
  const px = (clientX ?? box.left + box.width / 2) - box.left - box.width / 2;
  const py = (clientY ?? box.top + box.height / 2) - box.top - box.height / 2;
  const scale = clamp(view.scale * factor, LIMITS.scale);
  view.x = px - ((px - view.x) * scale) / view.scale;
  view.y = py - ((py - view.y) * scale) / view.scale;
  view.scale = scale;
  paint(film);
}

function shiftWindow(film, level, width) {
  const view = viewOf(film);
  view.level = clamp(view.level + level, LIMITS.level);
  view.width = clamp(view.width * width, LIMITS.width);
  paint(film);
}

function pan(film, x, y) {
  const view = viewOf(film);
  view.x += x;
  view.y += y;
  paint(film);
}

const tools = {
  in: (film) => zoom(film, 1.25),
  out: (film) => zoom(film, 0.8),
  darker: (film) => shiftWindow(film, 0.05, 1),
  brighter: (film) => shiftWindow(film, -0.05, 1),
  softer: (film) => shiftWindow(film, 0, 1.15),
  harder: (film) => shiftWindow(film, 0, 1 / 1.15),
  invert: (film) => { const view = viewOf(film); view.inverted = !view.inverted; paint(film); },
  reset: (film) => { views.set(film, fresh()); paint(film); },
  left: (film) => pan(film, -40, 0),
  right: (film) => pan(film, 40, 0),
  up: (film) => pan(film, 0, -40),
  down: (film) => pan(film, 0, 40),
};
const KEYS = {
  "+": "in", "=": "in", "-": "out", "[": "darker", "]": "brighter", "{": "softer", "}": "harder", i: "invert", "0": "reset",
  ArrowLeft: "left", ArrowRight: "right", ArrowUp: "up", ArrowDown: "down",
};

const current = () => document.querySelector(".film[data-current]") ?? document.querySelector(".film");

function makeCurrent(film) {
  if (film.hasAttribute("data-current")) return;
  for (const other of document.querySelectorAll(".film[data-current]")) other.removeAttribute("data-current");
  film.setAttribute("data-current", "");
}

function toggleSolo(film) {
  makeCurrent(film);
  film.closest(".films").toggleAttribute("data-solo");
}

// ---- Pointers: one drags the window (or pans), two pinch ---------------------------------------------------------------

const pointers = new Map();
let dragged = null;

document.addEventListener("pointerdown", (event) => {
  const film = event.target.closest?.(".film");
  if (!film || event.target.closest("button, a, .film-problem:not([hidden])") || !film.querySelector("img")) return;
  makeCurrent(film);
  pointers.set(event.pointerId, { x: event.clientX, y: event.clientY });
  dragged = { film, pan: event.button !== 0 || event.shiftKey };
  film.setPointerCapture(event.pointerId);
  film.dataset.dragging = "";
  if (event.button === 1) event.preventDefault();
});

document.addEventListener("pointermove", (event) => {
  const before = pointers.get(event.pointerId);
  if (!before || !dragged) return;
  const dx = event.clientX - before.x;
  const dy = event.clientY - before.y;
  if (pointers.size === 2) {
    const [other] = [...pointers].filter(([id]) => id !== event.pointerId).map(([, place]) => place);
    const was = Math.hypot(before.x - other.x, before.y - other.y);
    const is = Math.hypot(event.clientX - other.x, event.clientY - other.y);
    if (was > 0) zoom(dragged.film, is / was, (event.clientX + other.x) / 2, (event.clientY + other.y) / 2);
    pan(dragged.film, dx / 2, dy / 2);
  } else if (dragged.pan) {
    pan(dragged.film, dx, dy);
  } else {
    const span = Math.max(300, dragged.film.clientWidth);
    shiftWindow(dragged.film, dy / span, Math.exp((1.5 * dx) / span));
  }
  pointers.set(event.pointerId, { x: event.clientX, y: event.clientY });
});

for (const name of ["pointerup", "pointercancel"]) {
  document.addEventListener(name, (event) => {
    if (!pointers.delete(event.pointerId) || pointers.size) return;
    delete dragged?.film.dataset.dragging;
    dragged = null;
  });
}

document.addEventListener("contextmenu", (event) => { if (event.target.closest?.(".film")) event.preventDefault(); });
document.addEventListener("dblclick", (event) => {
  const film = event.target.closest?.(".film");
  if (film && !event.target.closest("button, a") && document.querySelectorAll(".film").length > 1) toggleSolo(film);
});
document.addEventListener("wheel", (event) => {
  const film = event.target.closest?.(".film");
  if (!film?.querySelector("img")) return;
  event.preventDefault();
  makeCurrent(film);
  zoom(film, Math.exp(-event.deltaY / 400), event.clientX, event.clientY);
}, { passive: false });

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, textarea, select, dialog")) return;
  const tool = KEYS[event.key];
  const film = tool && current();
  if (!film?.querySelector("img")) return;
  event.preventDefault();
  tools[tool](film);
});
document.addEventListener("focusin", (event) => { if (event.target.matches(".film")) makeCurrent(event.target); });

// ---- Thumbnails and tools ------------------------------------------------------------------------------------------------

document.addEventListener("click", (event) => {
  const tool = event.target.closest("[data-tool]");
  if (tool) tools[tool.dataset.tool](tool.closest(".film"));
  const thumb = event.target.closest("a.thumb[data-src]");
  if (!thumb || event.ctrlKey || event.metaKey) return;
  const film = current();
  const image = film?.querySelector("img");
  if (!image) return; // a picture that cannot be shown hangs there: follow the link
  event.preventDefault();
  image.src = thumb.dataset.src;
  image.alt = `${thumb.dataset.name} view`;
  film.dataset.picture = thumb.dataset.picture;
  film.querySelector(".mark-tl").textContent = thumb.querySelector(".thumb-note").textContent;
  tools.reset(film);
  const hanging = new Set([...document.querySelectorAll(".film")].map((each) => each.dataset.picture));
  for (const each of document.querySelectorAll("a.thumb")) {
    if (hanging.has(each.dataset.picture)) each.setAttribute("aria-current", "true");
    else each.removeAttribute("aria-current");
  }
});

// A picture that did not arrive says so, in words, where it would hang.
document.addEventListener("error", (event) => {
  const film = event.target.closest?.(".film");
  if (event.target.tagName !== "IMG" || !film) return;
  event.target.hidden = true;
  film.querySelector(".film-problem").hidden = false;
}, true);

// ---- Each case: tools on, then the next case's pictures fetched and decoded, so that they appear in one frame ------------

const ahead = new Map();

function prefetch(urls) {
  for (const url of [...ahead.keys()]) if (!urls.includes(url) && ahead.size > 6) ahead.delete(url);
  for (const url of urls) {
    if (ahead.has(url)) continue;
    const image = new Image();
    image.fetchPriority = "low";
    image.src = url;
    image.decode().catch(() => ahead.delete(url));
    ahead.set(url, image);
  }
}

function settle() {
  for (const bar of document.querySelectorAll(".film-tools")) bar.hidden = !bar.closest(".film").querySelector("img");
  const room = document.querySelector(".room[data-prefetch]");
  const urls = room?.dataset.prefetch.split(" ").filter(Boolean) ?? [];
  const shown = [...document.querySelectorAll(".film > img")].map((image) => image.decode().catch(() => {}));
  Promise.all(shown).then(() => {
    if (room) room.dataset.painted = "";
    prefetch(urls);
  });
}

document.addEventListener("htmx:afterSwap", settle);
settle();
