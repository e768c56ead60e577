// Before a verdict goes out: it must be about the case on the screen, and drop nothing that was entered.
import { claim } from "../keys.js";
import { part, room, say } from "./panel.js";
import { replaceUnsent, tell } from "./sending.js";

// Nobody judges a case in less: what is pressed sooner was meant for the one before, a second click or key.
const UNSEEN = 350;
let since = 0; // when the case came
let seen = "";
let began = 0; // when the key was pressed, or the first click of a double click

function press(event) {
  if (!event.repeat && event.detail < 2) began = event.timeStamp;
}
for (const name of ["keydown", "mousedown"]) document.addEventListener(name, press, true);
document.addEventListener("click", (event) => { if (!event.detail) press(event); }, true); // by a key or a screen reader

/** Whether pictures of this case are on the screen, or why none are. */
const viewer = document.getElementById("viewer").dataset;
const isThere = () => viewer.case === part().dataset.case && viewer.painted !== "lost";

/** A case, or the answer to one, is on the screen; one that was refused has been seen already. */
export function shown() {
  const { case: slot, title } = part().dataset;
  if (slot + title === seen) return;
  seen = slot + title;
  since = performance.now();
  setTimeout(() => { if (!isThere()) since = Infinity; }); // it counts from when its pictures came
  scrollTo(0, 0); // where a small page scrolls
}

document.addEventListener("viewer:painted", () => { if (since === Infinity && isThere()) since = performance.now(); });

function refuse(event) {
  event.preventDefault();
  event.stopImmediatePropagation();
}

/** Whether Agree all would leave out labels: those of an open list, of a draft, or ticked since. */
function leavesOut(list) {
  const boxes = [...list.querySelectorAll("input[type=checkbox]")];
  if (boxes.some((box) => box.checked !== box.defaultChecked)) return boxes.some((box) => box.checked);
  return (!list.hidden || "entered" in list.dataset) && boxes.some((box) => box.checked);
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!part().contains(form) || form.id === "undo" || "again" in form.dataset) return;
  const isBlank = !isThere();
  if (isBlank) say(room().dataset.notThere);
  if (!(isBlank && form.id === "cannot") && began < since + UNSEEN) return refuse(event); // a case may be given back without pictures
  const list = document.getElementById("corrections");
  if (form.id === "agree" && list) {
    if (!(began > Number(form.dataset.asked) + UNSEEN) && leavesOut(list)) {
      form.dataset.asked ??= performance.now();
      tell("leaves-out", "", "notice-ask");
      return refuse(event);
    }
    // What was said in words is stored with it.
    const { comment } = list.elements;
    form.elements.comment.value = "entered" in list.dataset || comment.value !== comment.defaultValue ? comment.value : "";
  }
  replaceUnsent(form, event.submitter);
}, true);

document.addEventListener("reading:entered", () => { delete document.getElementById("agree")?.dataset.asked; });

// The keys of the verdicts, where the case has no suggestions to agree with.
claim((event, name, isTyping, meant) => !isTyping && /verdict\.(a|d)/.test(meant) && part().querySelector("[data-stays]") && !tell("scratch", ""));
