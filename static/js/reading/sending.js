// When a verdict does not arrive: it is kept (kept.js), and goes out again just as it was, with the same key, so that it
// counts once however often it travels. Another verdict on the same case takes its place.
import { drop, keep, kept as keptText, leave } from "./kept.js";
import { openForm, part, room, say } from "./panel.js";
import { post, recover } from "./session.js";

const RETRY = 4000;
const SLOW = 400;
const VERDICT = "form#agree, form[data-list]";
let waiting = null; // the form or link whose request failed
let isLost = false; // it never reached the server: nothing else goes out before it
let isHeld = false; // the reader is about to say something else: it goes out again only when asked
let underWay = null; // the form and request of the verdict that has no answer yet
let timers = [];
let timer = 0;

const fresh = () => `${Date.now()}-${Math.random()}`;
const notice = () => document.getElementById("notice");
/** The verdict on this case that was sent and has no answer: its address, and names and values. */
const kept = () => JSON.parse(keptText("waiting"));

export function tell(templateId, what, tone = "notice-warn") {
  const box = notice();
  if (!box) return;
  const before = box.textContent;
  const undo = box.querySelector("#undo"); // of the case before, by its key
  box.replaceChildren(document.getElementById(templateId).content.cloneNode(true));
  if (undo) box.append(undo), (undo.hidden = true);
  box.querySelector("[data-what]")?.append(what);
  box.className = `notice ${tone}`;
  part().querySelector(".bar").classList.toggle("bar-warn", tone === "notice-warn");
  if (box.textContent !== before) say(box.textContent); // each retry fails in the same words
}

export function retry() {
  clearTimeout(timer);
  isHeld = false;
  const sender = waiting;
  if (!sender?.isConnected) return;
  if (sender.matches(VERDICT) && kept()) resend(kept());
  else if (sender.requestSubmit) sender.requestSubmit(sender.querySelector("button"));
  else sender.click();
}

const retryUnlessHeld = () => { if (!isHeld) retry(); };

// A swap is told of its target, a failure of its sender.
const sender = ({ detail }) => (detail.requestConfig?.elt ?? detail.elt).closest("form, a");

/** Tells what failed: a verdict is kept here, of taking one back or of another page nothing is. */
function fail(how, tone) {
  tell(`${waiting.dataset.asks ?? "verdict"}-${how}`, "", tone);
}

function lost(event) {
  waiting = sender(event);
  isLost = true;
  leave();
  fail("lost");
  clearTimeout(timer);
  timer = setTimeout(retryUnlessHeld, RETRY);
}

document.addEventListener("htmx:beforeRequest", (event) => {
  const { elt, xhr, requestConfig } = event.detail;
  const form = elt.closest(VERDICT);
  if (!form && underWay) return event.preventDefault();
  if (isLost && !isHeld && waiting?.isConnected && waiting.matches(form ? "form#undo" : "form") && waiting !== elt.closest("form")) {
    event.preventDefault();
    return retry();
  }
  if (!form) return;
  clearTimeout(timer);
  isLost = isHeld = false;
  const { path, formData } = requestConfig;
  keep("waiting", JSON.stringify({ path, values: [...formData] }));
  const saved = document.getElementById("saved");
  const words = (text) => { saved.textContent = text; say(text); };
  underWay = { form, xhr, isSlow: false, before: saved.textContent };
  timers = [
    setTimeout(() => { underWay.isSlow = true; words("sending…"); }, SLOW),
    setTimeout(() => words("still trying…"), RETRY),
  ];
});

/** The answer is here, or will not come. */
function ended({ detail }) {
  if (!underWay || detail.xhr !== underWay.xhr) return;
  timers.forEach(clearTimeout);
  document.getElementById("saved").textContent = underWay.before;
  underWay = null;
}
document.addEventListener("htmx:beforeSwap", ended);
document.addEventListener("htmx:afterRequest", ended);

/** A list opened or something entered while a verdict waits: it is not sent under the reader's hands. */
function changeMind() {
  if (underWay?.isSlow) {
    const { form, xhr } = underWay;
    xhr.abort();
    waiting = form;
    isLost = true;
  }
  if (!isLost || !waiting?.isConnected || !waiting.matches(VERDICT)) return;
  clearTimeout(timer);
  if (isHeld) return;
  isHeld = true;
  part().dataset.key = fresh(); // what is entered from here on is no part of it, and is kept as a draft of its own
  tell("change-of-mind");
}
document.addEventListener("reading:entered", changeMind);
document.addEventListener("reading:changed", () => {
  if (openForm()) return changeMind();
  if (!isHeld) return;
  fail("lost");
  retry();
});

/** Another verdict than the one that has no answer has a key of its own, and says which it replaces. */
export function replaceUnsent(form, submitter) {
  const before = kept();
  if (!before) return;
  const said = (values) => JSON.stringify([...values].filter(([name]) => form.querySelector(`[name=${name}][data-counts]`)));
  if (said(new FormData(form, submitter)) === said(before.values)) return;
  const { idempotency_key: key, sent_before: earlier } = Object.fromEntries(before.values);
  if (part().dataset.key === key) part().dataset.key = fresh();
  form.elements.idempotency_key.value = part().dataset.key;
  form.elements.sent_before.value = `${earlier ?? ""} ${key}`;
}

for (const name of ["htmx:sendError", "htmx:timeout"]) document.addEventListener(name, lost);
addEventListener("online", retryUnlessHeld);
document.addEventListener("click", (event) => { if (event.target.closest("[data-retry]")) retry(); });

document.addEventListener("htmx:responseError", (event) => {
  const status = event.detail.xhr.status;
  if ([502, 503, 504].includes(status)) return lost(event);
  waiting = sender(event);
  isLost = false;
  if (status === 403) return recover(retry).catch(() => lost(event));
  fail("refused", "notice-bad");
});

// A request that ended on another page than one of the reading room was sent to the sign-in page: nothing was stored.
document.addEventListener("htmx:beforeSwap", (event) => {
  const { xhr, pathInfo } = event.detail;
  const came = new URL(xhr.responseURL || pathInfo.requestPath, location);
  if (!came.pathname.startsWith(room().dataset.signIn)) return forget(event);
  event.detail.shouldSwap = false;
  waiting = sender(event);
  recover(retry).catch(() => lost(event));
});

/** Renews the loan of the case, and tells what became of it elsewhere, or that this was taken back; of a verdict that waits here more is told
 * already. */
export async function renewLoan() {
  const mine = part();
  if (!mine?.dataset.loan || document.hidden) return;
  const body = new URLSearchParams({ standing: mine.querySelector("[name=standing]").value });
  const answer = await post(mine.dataset.loan, body).catch(() => null);
  if (mine !== part() || kept()) return;
  if ([200, 410].includes(answer?.status)) tell("elsewhere", await answer.text());
  else if (answer?.ok && notice()?.querySelector(".whole[data-what]")) tell("given-back", "", "");
}

/** An answer of the reading room: stored, or refused in words; either way this verdict no longer waits. */
function forget(event) {
  if (event.detail.requestConfig.verb !== "post" || event.detail.xhr.status >= 500 || event.detail.xhr.status === 403) return;
  waiting = null;
  isLost = isHeld = false;
  clearTimeout(timer);
  drop("waiting");
}

/** A verdict that was on its way when the page ended (a crash, a closed laptop) is offered again on its case, unless it stands; of a
 * case that takes none any more it is told that it is lost. */
export function offerUnsent() {
  const unsent = kept();
  if (!unsent) return;
  const lost = document.querySelector("[data-lost]");
  if (lost) {
    lost.hidden = false;
    return drop("waiting");
  }
  const { verdict, stored_as: name } = Object.fromEntries(unsent.values);
  if (name && name === part().dataset.stands) return drop("waiting");
  const words = part().querySelector(`.verdict[data-verdict="${verdict ?? "cannot_judge"}"]`)?.lastChild.textContent ?? "";
  tell("not-sent", words.trim());
  notice().querySelector("[data-resend]").addEventListener("click", () => resend(unsent));
}

function resend({ path, values }) {
  if (underWay?.form.isConnected) return; // of a form that is taken away the answer would reach nobody
  part().querySelector("[data-again]")?.remove();
  const form = document.getElementById("cannot").cloneNode(); // how every form of a case is sent
  form.removeAttribute("id");
  form.hidden = true;
  form.dataset.again = "";
  form.setAttribute("hx-post", path);
  for (const [name, value] of values) {
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

