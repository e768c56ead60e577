// Unfinished input, kept on the server two seconds after a change and when the page is left; until the server has it, kept here (kept.js).
import { drop, isWaiting, keep, kept, leave } from "./kept.js";
import { chosen, mark, openList, part } from "./panel.js";
import { renewLoan, tell } from "./sending.js";
import { post, recover } from "./session.js";

const WAIT = 2000;
let timer = 0;
let running = null; // the request under way
let noted = ""; // what is known of the input: as it came, then as last kept
let origin = {}; // the page it is entered on, and the version it is based on: what another tab saved since is not replaced unseen
let newer = ""; // the version that another tab saved
let isLost = false; // it did not arrive

const markFields = () => document.querySelectorAll("input[name=marks]");
const saved = () => document.getElementById("saved");

function entered() {
  const { comment } = document.getElementById("corrections").elements;
  const { why, reason } = document.getElementById("cannot").elements;
  const ticked = (name) => [...document.querySelectorAll(`#corrections input[name=${name}]:checked`)].map((box) => box.value);
  return {
    verdict: chosen(),
    struck: ticked("struck"),
    added: ticked("added"),
    comment: comment.value,
    reason: reason.value,
    why: why.value,
    marks: JSON.parse(markFields()[0]?.value || "[]"),
  };
}

const isCase = () => part()?.dataset.draft;

function changed() {
  if (!isCase()) return;
  const content = entered();
  const text = JSON.stringify(content);
  // A field that is left says again that it changed, and a list that is only opened holds nothing yet.
  if ([text, JSON.stringify({ ...content, verdict: "" })].includes(noted)) return;
  noted = text;
  keep("draft", JSON.stringify({ ...content, ...origin }));
  document.dispatchEvent(new Event("reading:entered"));
  saved().textContent = "not saved yet";
  clearTimeout(timer);
  timer = setTimeout(save, WAIT);
}

async function save({ leaving = false } = {}) {
  clearTimeout(timer);
  const at = isCase() && part().dataset.case;
  const text = at && kept("draft");
  if (!text) return;
  running?.abort();
  running = new AbortController();
  const { draft, key } = part().dataset;
  try {
    const body = JSON.stringify({ key, ...origin, content: JSON.parse(text) });
    const answer = await post(draft, body, { keepalive: leaving, signal: leaving ? undefined : running.signal });
    if (answer.type === "opaqueredirect" || answer.status === 403) return recover(save);
    isLost = false;
    const { saved: when, error, says, newer: version } = await answer.json().catch(() => ({}));
    if (!answer.ok) {
      newer = version;
      if (told(at, "not saved") && error) tell(says, error);
      return;
    }
    // Of a form whose verdict is stored the server keeps no draft.
    if (!when) return told(at, "kept here");
    if (kept("draft", at) === text) drop("draft", at);
    if (told(at, `draft saved ${when}`)) renewLoan(); // it may have been judged in another tab
  } catch (error) {
    if (error.name === "AbortError") return;
    isLost = true;
    leave();
    told(at, "not saved yet, kept here");
    timer = setTimeout(save, WAIT * 2);
  }
}

document.addEventListener("click", ({ target }) => {
  const { take } = target.dataset;
  if (take === "mine") {
    origin.based = newer;
    noted = "";
    target.parentNode.replaceChildren();
    changed();
  } else if (take) {
    drop("draft");
    location.reload();
  }
});

function told(at, words) {
  return isCase() && part().dataset.case === at && (saved().textContent = words);
}

/** What is kept of the case, unless the server had it after all. */
function restore() {
  const { page, based, ...input } = JSON.parse(kept("draft") ?? "{}");
  if (!page) return;
  if (JSON.stringify(input) === noted) return drop("draft");
  const form = document.getElementById("corrections");
  for (const box of form.querySelectorAll("input[type=checkbox]")) {
    box.checked = input[box.name].includes(box.value);
    mark(box);
  }
  form.elements.comment.value = input.comment;
  const { why, reason } = document.getElementById("cannot").elements;
  why.value = input.why;
  reason.value = input.reason;
  mark(reason[0]);
  const images = document.getElementById("case-images"); // where the viewer finds them
  images.textContent = JSON.stringify({ ...JSON.parse(images.textContent), marks: input.marks });
  for (const field of markFields()) field.value = JSON.stringify(input.marks);
  origin = { page, based };
  noted = JSON.stringify(entered());
  if (input.verdict) openList(input.verdict);
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
  if (dealtWith) drop("draft", dealtWith);
  if (!isCase()) return;
  noted = JSON.stringify(entered());
  origin = { page: part().dataset.key, based: part().dataset.version };
  restore();
}

// A field that leaves the page with its case has changed too: that is not the next case's input.
for (const name of ["input", "change"]) document.addEventListener(name, ({ target }) => { if (part().contains(target) && target.closest("form[data-list]")) changed(); });
document.addEventListener("reading:changed", changed);
document.addEventListener("viewer:marks", changed);
document.addEventListener("htmx:configRequest", ({ detail: { elt, verb, parameters } }) => {
  if (verb === "post") Object.assign(parameters, origin); // the draft that goes with its verdict is this page's, not another tab's
  // A case that is closed without a verdict keeps what else was entered: it may be taken back.
  if (elt.id === "cannot") parameters.entered = JSON.stringify(entered());
});
document.addEventListener("htmx:beforeRequest", (event) => {
  if (event.detail.elt.closest("form#agree, form[data-list]")) halt();
  else save(); // on to another case: what was entered here is kept
});
for (const name of ["htmx:sendError", "htmx:timeout"]) document.addEventListener(name, () => { timer = setTimeout(save, WAIT); });
addEventListener("pagehide", () => save({ leaving: true }));
// The browser asks before it closes a tab whose verdict has no answer, or whose draft the line did not take.
addEventListener("beforeunload", (event) => { if (isWaiting() || (isCase() && kept("draft") && (isLost || !navigator.onLine))) event.preventDefault(); });
