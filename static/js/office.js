// What every page of the office does: tells the browser's zone, tells of verdicts that wait here, and asks before a sign-out loses one.
import { tellUnsent, waitingIn } from "./unsent.js";
import "./zone.js";

const form = document.querySelector("form[data-signs-out]");

if (form) tellUnsent(form.dataset.signsOut);

// The page of the same address says what would be lost, and signs out all the same if asked to.
form?.addEventListener("submit", (event) => {
  if (!waitingIn(localStorage, `${form.dataset.signsOut}:`)) return;
  event.preventDefault();
  location.assign(form.action);
});
