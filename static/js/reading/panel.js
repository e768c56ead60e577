// The lists that open in the panel: labels of Agree mostly and Disagree (or of a case without suggestions), reasons of Cannot judge.
import { bind, claim } from "../keys.js";

export const room = () => document.getElementById("room");
export const part = () => document.getElementById("case");
export const live = document.getElementById("live");
export const say = (words) => { live.textContent = words.trim().replace(/\s+/g, " "); };

const WORDS = { agree_mostly: "Agree mostly", disagree: "Disagree", cannot_judge: "Cannot judge" };
// Of the case on the screen: while it is swapped, the old one still lies beside it.
const lists = () => [...part().querySelectorAll("form[data-list]")];
export const openForm = () => lists().find((form) => !form.hidden);
/** The verdict whose list is open: "agree_mostly", "disagree", "cannot_judge", or "" (a case's own list counts as none). */
export const chosen = () => {
  const form = openForm();
  if (!form) return "";
  return form.id === "cannot" ? "cannot_judge" : form.elements.verdict.value.replace("labels", "");
};

let typed = ""; // the first of two letters

function show(form, verdict) {
  typed = "";
  for (const other of lists()) other.hidden = other !== form;
  const reading = part().querySelector("[data-reading]");
  if (reading) reading.hidden = Boolean(form);
  for (const button of part().querySelectorAll(".verdict")) button.ariaPressed = button.dataset.verdict === verdict;
  document.dispatchEvent(new Event("reading:changed"));
}

export function openList(verdict, id = verdict === "cannot_judge" ? "cannot" : "corrections") {
  const form = document.getElementById(id);
  if (!form) return;
  if (id === "corrections" && !form.hasAttribute("data-stays")) {
    form.elements.verdict.value = verdict;
    form.querySelector("[data-chosen-words]").textContent = WORDS[verdict];
  }
  show(form, verdict);
  form.querySelector("input:checked, input[type=checkbox], input[type=radio]")?.focus();
  say(`${WORDS[verdict]}: the list is open.`);
}

function closeList() {
  show(lists().find((form) => form.hasAttribute("data-stays")), "");
  document.activeElement?.blur();
}

export function mark(box) {
  for (const input of box.type === "radio" ? box.form.querySelectorAll(`input[name="${box.name}"]`) : [box]) {
    const row = input.closest("li");
    row.toggleAttribute("data-changed", input.checked);
    const word = row.querySelector("[data-done]");
    if (word) word.textContent = input.checked ? word.dataset.done : "";
  }
}

document.addEventListener("change", (event) => { if (event.target.matches("form[data-list] :is([type=checkbox], [type=radio])")) mark(event.target); });

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-opens]");
  if (opener) {
    event.preventDefault();
    openList(opener.dataset.verdict, opener.dataset.opens);
  }
  if (event.target.closest("[data-close-list]")) {
    event.preventDefault();
    closeList();
  }
});

function toggle(box) {
  box.checked = box.type === "radio" || !box.checked;
  box.focus({ preventScroll: true });
  box.closest("li").scrollIntoView({ block: "nearest" });
  box.dispatchEvent(new Event("change", { bubbles: true }));
}

const presses = (action, selector) => bind(action, () => document.querySelector(selector)?.click());
presses("verdict.agree_all", "#agree button");
for (const verdict in WORDS) presses(`verdict.${verdict}`, `[data-opens][data-verdict=${verdict}]`);
presses("verdict.undo", "#undo button");
presses("case.next", "#next");
presses("case.previous", "#previous");

// While a list is open, letters of its labels are its own; Enter stores it and Escape closes it, from the comment too.
claim((event, name, isTyping, meant) => {
  const form = openForm();
  if (!form) return false;
  if (name === "Escape" && isTyping) return event.target.blur(), true;
  if (name === "Escape" && !form.hasAttribute("data-stays")) return closeList(), true;
  if (meant.includes("verdict.store") && !event.repeat && (name === "Enter" ? !event.target.closest("a, button, summary, select") : !isTyping)) return form.requestSubmit(), true;
  if (isTyping || !/^[a-z]$/.test(name) || !room().hasAttribute("data-single-keys")) return false;
  const letters = typed + name;
  const box = form.querySelector(`input[data-key^="${letters}"]`);
  typed = "";
  if (!box) return false;
  if (event.repeat) return true;
  if (box.dataset.key === letters) return toggle(box), true;
  typed = letters;
  box.closest("li").scrollIntoView();
  say(`${letters.toUpperCase()}, then the second letter.`);
  return true;
});
