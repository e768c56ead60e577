// A request that was refused for want of a session or of a fresh token: signs in in place, and sends it again. A different person
// who signs in gets a page of their own, and nothing of the first one's.
import { forgetOthers } from "./kept.js";
import { live, room, say } from "./panel.js";

const dialog = document.getElementById("signed-out");
const form = document.getElementById("sign-in");
const error = document.getElementById("sign-in-error");
const second = document.getElementById("second-factor");
const waiting = new Set(); // what goes on once somebody is signed in

/** Sends it with the page's own token, renewed after each sign-in: that of a form may be older than the session. */
export const post = (address, body, more) => fetch(address, { method: "POST", body, headers: JSON.parse(document.body.getAttribute("hx-headers")), redirect: "manual", ...more });

document.addEventListener("htmx:configRequest", ({ detail }) => { delete detail.parameters.csrfmiddlewaretoken; });

const whoIsHere = async () => (await fetch(room().dataset.session)).json();

/** Finds out who is signed in: the same person goes on with `again` and all that waits, another leaves the page, nobody is asked to sign in. */
export async function recover(again) {
  if (again) waiting.add(again);
  const { reader, token: fresh } = await whoIsHere();
  if (reader !== null && String(reader) !== room().dataset.reader) return forgetOthers(reader), location.replace(room().dataset.worklist);
  if (reader === null) return ask();
  document.body.setAttribute("hx-headers", JSON.stringify({ "X-CSRFToken": fresh }));
  dialog.close();
  const all = [...waiting];
  waiting.clear();
  for (const next of all) next();
  // Pictures that were refused meanwhile are asked for again.
  for (const button of document.querySelectorAll(".film-problem:not([hidden]) [data-again]")) button.click();
}

function ask() {
  form.hidden = false;
  second.hidden = true;
  const page = document.getElementById("sign-in-page");
  page.search = new URLSearchParams({ next: location.pathname });
  if (!dialog.open) dialog.showModal();
  dialog.append(live); // what lies outside a modal dialog is read to nobody
  form.elements.login.focus();
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  error.textContent = live.textContent = "";
  try {
    const { token: fresh } = await whoIsHere();
    const answer = await fetch(room().dataset.signIn, {
      method: "POST",
      body: new FormData(form),
      headers: { Accept: "application/json", "X-CSRFToken": fresh },
    });
    const told = await answer.json().catch(() => ({}));
    if (answer.ok && /2fa|authenticate/.test(told.location)) {
      form.hidden = true;
      second.hidden = false;
      document.getElementById("second-factor-page").href = told.location;
    } else if (answer.ok) {
      form.elements.password.value = "";
      await recover();
    } else {
      const errors = [told.form, ...Object.values(told.form?.fields ?? {})].flatMap((each) => each?.errors ?? []);
      wrong(errors[0] ?? (answer.status === 429 ? form.dataset.often : form.dataset.failed));
    }
  } catch {
    wrong(form.dataset.unreached);
  }
});

function wrong(words) {
  error.textContent = words;
  say(words);
}

document.addEventListener("click", (event) => { if (event.target.closest("[data-signed-in]")) recover().catch(() => {}); });
// Signed in on a page of its own: on the way back the waiting request goes out by itself.
document.addEventListener("visibilitychange", () => { if (!document.hidden && dialog.open) recover().catch(() => {}); });
dialog.addEventListener("close", () => document.body.append(live));
dialog.addEventListener("cancel", (event) => event.preventDefault());
