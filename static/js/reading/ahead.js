// The page of the next case, fetched and made ready while this one is read: a verdict's answer brings only what became known since.
import { part } from "./panel.js";

let ahead = {}; // the case on the screen that it follows, and its page once that is here

history.replaceState({ htmx: true }, ""); // what htmx looks for when somebody goes back

document.addEventListener("viewer:painted", async () => {
  const { next } = part().dataset;
  if (!next || ahead.after === part()) return;
  const mine = ahead = { after: part() };
  const text = await fetch(next, { headers: { "HX-Request": "true" } }).then((answer) => answer.ok && !answer.redirected && answer.text()).catch(() => "");
  if (!text) return;
  const page = document.createRange().createContextualFragment(text).firstElementChild;
  window.htmx.process(page);
  mine.page = page;
});

document.addEventListener("htmx:configRequest", ({ detail }) => {
  if (ahead.page && ahead.after === part()) detail.headers["X-Ahead"] = ahead.after.dataset.next;
});

const isTold = ({ xhr }) => xhr.getResponseHeader("X-Ahead");
document.addEventListener("htmx:beforeSwap", ({ detail }) => { if (isTold(detail)) detail.shouldSwap = false; });
document.addEventListener("htmx:afterOnLoad", ({ detail }) => {
  if (!isTold(detail) || ahead.after !== part()) return; // htmx tells it a second time of a form that is gone
  const { page } = ahead;
  const told = JSON.parse(detail.xhr.response);
  for (const place of page.querySelectorAll("[data-told]")) place.innerHTML = told[place.dataset.told];
  window.htmx.process(page.querySelector("#undo"));
  part().replaceWith(page);
  history.pushState({ htmx: true }, "", detail.xhr.getResponseHeader("HX-Push-Url"));
  document.dispatchEvent(new CustomEvent("htmx:afterSwap", { detail: { target: page } }));
});
