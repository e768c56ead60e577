// Unfinished input, kept on the server two seconds after a change and when the page is left; until the server has it, in this tab too.
import { chosen, mark, openList, part, room } from "./panel.js";
import { recover, token } from "./session.js";

const WAIT = 2000;
let timer = 0;
let running = null; // the request under way
let asOpened = "";

const place = () => `draft:${room().dataset.reader}:${part().dataset.case}`;
const saved = () => document.getElementById("saved");
const clock = () => new Date().toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });

function entered() {
  const field = (form, name) => document.getElementById(form)?.elements[name]?.value ?? "";
  const ticked = (name) => [...document.querySelectorAll(`#corrections input[name=${name}]:checked`)].map((box) => box.value);
  const marks = document.querySelector("input[name=marks]")?.value || "[]";
  return {
    verdict: chosen(),
    struck: ticked("struck"),
    added: ticked("added"),
    comment: field("corrections", "comment"),
    reason: field("cannot", "reason"),
    why: field("cannot", "why"),
    marks: JSON.parse(marks),
  };
}

const isCase = () => Boolean(part()?.dataset.draft);

function changed() {
  if (!isCase()) return;
  const content = entered();
  if (JSON.stringify(content) === asOpened && !sessionStorage.getItem(place())) return;
  sessionStorage.setItem(place(), JSON.stringify(content));
  saved().textContent = "not saved yet";
  clearTimeout(timer);
  timer = setTimeout(save, WAIT);
}

async function save({ leaving = false } = {}) {
  clearTimeout(timer);
  const at = isCase() && place();
  const text = at && sessionStorage.getItem(at);
  if (!text) return;
  running?.abort();
  running = new AbortController();
  const { draft, key } = part().dataset;
  try {
    const answer = await fetch(draft, {
      method: "POST",
      body: JSON.stringify({ key, content: JSON.parse(text) }),
      headers: { "Content-Type": "application/json", "X-CSRFToken": token() },
      redirect: "manual",
      keepalive: leaving,
      signal: leaving ? undefined : running.signal,
    });
    if (answer.type === "opaqueredirect" || answer.status === 403) return recover(save);
    if (!answer.ok) return told(at, "not saved");
    if (sessionStorage.getItem(at) === text) sessionStorage.removeItem(at);
    told(at, `draft saved ${(await answer.json()).saved ?? clock()}`);
  } catch (error) {
    if (error.name === "AbortError") return;
    told(at, "not saved yet, kept here");
    timer = setTimeout(save, WAIT * 2);
  }
}

function told(at, words) {
  if (isCase() && place() === at) saved().textContent = words;
}

/** What this tab still holds for the case: the server never had it. */
function restore() {
  const text = sessionStorage.getItem(place());
  if (!text) return;
  const kept = JSON.parse(text);
  const form = document.getElementById("corrections");
  for (const box of form.querySelectorAll("input[type=checkbox]")) {
    box.checked = (kept[box.name] ?? []).includes(box.value);
    mark(box);
  }
  form.elements.comment.value = kept.comment ?? "";
  const cannot = document.getElementById("cannot");
  cannot.elements.why.value = kept.why ?? "";
  for (const radio of cannot.querySelectorAll("input[type=radio]")) {
    radio.checked = radio.value === kept.reason;
    mark(radio);
  }
  if (kept.verdict) openList(kept.verdict);
  save();
}

/** A verdict is on its way: its draft must not overtake it. */
function halt() {
  clearTimeout(timer);
  running?.abort();
}

export function begin() {
  clearTimeout(timer);
  const { dealtWith } = part()?.dataset ?? {};
  if (dealtWith) sessionStorage.removeItem(`draft:${room().dataset.reader}:${dealtWith}`);
  if (!isCase()) return;
  asOpened = JSON.stringify(entered());
  restore();
}

for (const name of ["input", "change"]) document.addEventListener(name, (event) => { if (event.target.closest("form[data-list]")) changed(); });
document.addEventListener("reading:changed", changed);
document.addEventListener("viewer:marks", changed);
document.addEventListener("htmx:beforeRequest", (event) => {
  if (event.detail.elt.closest("form#agree, form[data-list]")) halt();
  else save(); // on to another case: what was entered here is kept
});
for (const name of ["htmx:sendError", "htmx:timeout"]) document.addEventListener(name, () => { timer = setTimeout(save, WAIT); });
window.addEventListener("pagehide", () => save({ leaving: true }));
