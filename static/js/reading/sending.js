// When a verdict does not arrive: it stays in its form and in this tab's storage, and the same request is sent again with the same
// key, so that it counts once however often it travels.
import { part, room, say } from "./panel.js";
import { recover } from "./session.js";

const RETRY = 4000;
let waiting = null; // the form or link whose request failed
let isLost = false; // it never reached the server: nothing else goes out before it
let timer = 0;

const notice = () => document.getElementById("notice");
const place = () => `waiting:${room().dataset.reader}:${part()?.dataset.case}`;

export function tell(templateId, tone = "notice-warn") {
  const box = notice();
  if (!box) return;
  box.replaceChildren(document.getElementById(templateId).content.cloneNode(true));
  box.classList.add(tone);
  document.querySelector(".bar")?.classList.add("bar-warn");
  say(box.textContent);
}

export function retry() {
  clearTimeout(timer);
  const sender = waiting;
  if (!sender?.isConnected) return;
  if (sender.requestSubmit) sender.requestSubmit(sender.querySelector("button"));
  else sender.click();
}

// A swap is told of its target, a failure of its sender.
const sender = ({ detail }) => (detail.requestConfig?.elt ?? detail.elt).closest("form, a");

function lost(event) {
  waiting = sender(event);
  isLost = true;
  tell("connection-lost");
  clearTimeout(timer);
  timer = setTimeout(retry, RETRY);
}

document.addEventListener("htmx:beforeRequest", (event) => {
  const form = event.detail.elt.closest("form#agree, form[data-list]");
  if (isLost && waiting?.isConnected && waiting.matches("form") && waiting !== event.detail.elt.closest("form")) {
    event.preventDefault();
    return retry();
  }
  if (!form) return;
  const { path, parameters } = event.detail.requestConfig;
  sessionStorage.setItem(place(), JSON.stringify({ path, values: parameters.entries ? [...parameters.entries()] : Object.entries(parameters) }));
});

document.addEventListener("htmx:sendError", lost);
document.addEventListener("htmx:timeout", lost);
window.addEventListener("online", retry);
document.addEventListener("click", (event) => { if (event.target.closest("[data-retry]")) retry(); });

document.addEventListener("htmx:responseError", (event) => {
  const status = event.detail.xhr.status;
  if ([502, 503, 504].includes(status)) return lost(event);
  waiting = sender(event);
  isLost = false;
  if (status === 403) return recover(retry).catch(() => lost(event));
  tell("server-refused", "notice-bad");
});

// A request that ended on another page than one of the reading room was sent to the sign-in page: nothing was stored.
document.addEventListener("htmx:beforeSwap", (event) => {
  const { xhr, pathInfo } = event.detail;
  const path = (address) => new URL(address, location.href).pathname;
  const came = xhr.responseURL ? path(xhr.responseURL) : path(pathInfo.requestPath);
  if (!came.startsWith(path(room().dataset.signIn))) return forget(event);
  event.detail.shouldSwap = false;
  waiting = sender(event);
  recover(retry).catch(() => lost(event));
});

/** An answer of the reading room: stored, or refused in words; either way this verdict no longer waits. */
function forget(event) {
  if (event.detail.requestConfig.verb !== "post" || event.detail.xhr.status >= 500 || event.detail.xhr.status === 403) return;
  waiting = null;
  isLost = false;
  clearTimeout(timer);
  sessionStorage.removeItem(place());
}

/** A verdict that was on its way when the page ended (a crash, a closed laptop) is offered again on its case. */
export function offerUnsent() {
  const kept = JSON.parse(sessionStorage.getItem(place()) ?? "null");
  if (!kept || !notice()) return;
  const verdict = kept.values.find(([name]) => name === "verdict")?.[1];
  tell("not-sent");
  const words = part().querySelector(`.verdict[data-verdict="${verdict ?? "cannot_judge"}"]`)?.lastChild.textContent ?? "";
  notice().querySelector("[data-what]").textContent = words.trim();
  notice().querySelector("[data-resend]").addEventListener("click", () => resend(kept));
}

function resend({ path, values }) {
  const form = document.createElement("form");
  form.hidden = true;
  form.dataset.list = "";
  form.setAttribute("hx-post", path);
  for (const [name, value] of [["hx-target", "#case"], ["hx-swap", "outerHTML show:none"]]) form.setAttribute(name, value);
  for (const [name, value] of values.filter(([one]) => one !== "csrfmiddlewaretoken")) {
    const input = document.createElement("input");
    Object.assign(input, { type: "hidden", name, value });
    form.append(input);
  }
  const button = document.createElement("button");
  form.append(button);
  part().append(form);
  window.htmx.process(form);
  form.requestSubmit(button);
}

