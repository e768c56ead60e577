// Keys, the label list, and what happens when a verdict does not arrive. The forms themselves are plain HTML that htmx sends.

const room = () => document.getElementById("case");
const list = () => document.getElementById("corrections");
const notice = () => document.getElementById("notice");
const live = document.getElementById("live");
const isOpen = () => Boolean(list() && !list().hidden);

// ---- The label list -----------------------------------------------------------------------------------------------------

function openList(verdict) {
  const form = list();
  form.elements.verdict.value = verdict;
  form.querySelector("[data-chosen-words]").textContent = verdict === "disagree" ? "Disagree" : "Agree mostly";
  form.hidden = false;
  room().querySelector("[data-reading]").hidden = true;
  for (const button of room().querySelectorAll(".verdict")) button.setAttribute("aria-pressed", button.dataset.verdict === verdict);
  form.querySelector("input[type=checkbox]")?.focus({ preventScroll: true });
  live.textContent = `${verdict === "disagree" ? "Disagree" : "Agree mostly"}: the label list is open.`;
}

function closeList() {
  list().hidden = true;
  room().querySelector("[data-reading]").hidden = false;
  for (const button of room().querySelectorAll(".verdict")) button.setAttribute("aria-pressed", "false");
  document.activeElement?.blur();
}

function mark(box) {
  const row = box.closest("li");
  row.toggleAttribute("data-changed", box.checked);
  const word = row.querySelector("[data-done]");
  word.textContent = box.checked ? word.dataset.done : "";
}

document.addEventListener("change", (event) => { if (event.target.matches("#corrections input[type=checkbox]")) mark(event.target); });

document.addEventListener("click", (event) => {
  const verdict = event.target.closest("a.verdict");
  if (verdict && !event.ctrlKey && !event.metaKey) {
    event.preventDefault();
    openList(verdict.dataset.verdict);
  }
  if (event.target.closest("[data-close-list]")) {
    event.preventDefault();
    closeList();
  }
  if (event.target.closest("[data-help]")) document.getElementById("help").showModal();
  if (event.target.closest("[data-retry]")) retry();
});

// ---- Keys ----------------------------------------------------------------------------------------------------------------

const agree = () => document.querySelector("#agree button")?.click();
const follow = (id) => document.getElementById(id)?.click();
const KEYS = {
  1: agree,
  2: () => room().querySelector("a.verdict[data-verdict=agree_mostly]")?.click(),
  3: () => room().querySelector("a.verdict[data-verdict=disagree]")?.click(),
  u: () => document.querySelector("#undo button")?.click(),
  n: () => follow("next"),
  N: () => follow("previous"),
  "?": () => document.getElementById("help").showModal(),
};

function toggleLabel(key) {
  const box = list().querySelector(`input[data-key="${key}"]`);
  if (!box) return false;
  box.checked = !box.checked;
  box.focus({ preventScroll: true });
  box.closest("li").scrollIntoView({ block: "nearest" });
  mark(box);
  return true;
}

document.addEventListener("keydown", (event) => {
  if (event.repeat || event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  const typing = event.target.closest("textarea, select, input:not([type=checkbox])");
  if (event.key === "Escape" && isOpen()) return typing ? typing.blur() : closeList();
  if (event.key === "Enter" && isOpen() && !event.shiftKey && !event.target.closest("a, button")) {
    event.preventDefault();
    return list().requestSubmit();
  }
  if (typing) return;
  if (isOpen() && /^[a-z]$/.test(event.key) && toggleLabel(event.key)) return event.preventDefault();
  const does = KEYS[event.key];
  if (does && room()) {
    event.preventDefault();
    does();
  }
});

// ---- After each answer -----------------------------------------------------------------------------------------------------

function settle() {
  for (const button of document.querySelectorAll("[data-help]")) button.hidden = false;
  if (room()?.dataset.title) document.title = `${room().dataset.title} · Countersign`;
}

document.addEventListener("htmx:afterSwap", () => {
  settle();
  const said = notice()?.textContent.trim().replace(/\s+/g, " ") ?? "";
  live.textContent = `${said} ${room()?.dataset.title ?? ""}`.trim();
});

// ---- When it does not arrive: the choice stays in its form, and the same request is sent again with the same key -----------

let waiting = null; // the form whose request failed
let timer = 0;

function say(templateId) {
  const box = notice();
  if (!box) return;
  box.replaceChildren(document.getElementById(templateId).content.cloneNode(true));
  box.classList.add("notice-warn");
  document.querySelector(".bar")?.classList.add("bar-warn");
  live.textContent = box.textContent.trim().replace(/\s+/g, " ");
}

function retry() {
  clearTimeout(timer);
  const form = waiting;
  if (!form?.isConnected) return;
  form.requestSubmit(form.querySelector("button"));
}

function lost(event) {
  waiting = event.detail.elt.closest("form");
  say("connection-lost");
  clearTimeout(timer);
  timer = setTimeout(retry, 4000);
}

document.addEventListener("htmx:sendError", lost);
document.addEventListener("htmx:timeout", lost);
window.addEventListener("online", retry);
document.addEventListener("htmx:responseError", (event) => {
  waiting = event.detail.elt.closest("form");
  say("server-refused");
});

// A request that ended on another page than one of the reading room was sent to the sign-in page: nothing was stored.
document.addEventListener("htmx:beforeSwap", (event) => {
  const xhr = event.detail.xhr;
  const asked = new URL(event.detail.pathInfo.requestPath, location.href).pathname;
  const came = xhr.responseURL ? new URL(xhr.responseURL).pathname : asked;
  if (came === asked || xhr.getResponseHeader("HX-Push-Url")) return;
  event.detail.shouldSwap = false;
  const over = document.getElementById("signed-out");
  const link = document.getElementById("sign-in-again");
  link.search = new URLSearchParams({ next: location.pathname }).toString();
  if (!over.open) over.showModal();
});

settle();
