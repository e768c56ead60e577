// The reading room: lists and keys, drafts, what happens when a request does not arrive, the loan of the open case.
import "./reading/ahead.js";
import { begin } from "./reading/drafts.js";
import { shown } from "./reading/giving.js";
import "./reading/guide.js";
import { recall } from "./reading/kept.js";
import { chosen, part, room, say } from "./reading/panel.js";
import { offerUnsent, renewLoan } from "./reading/sending.js";
import { tellUnsent } from "./unsent.js";

const HEARTBEAT = 5 * 60 * 1000;

function settle() {
  for (const button of document.querySelectorAll("[data-help], [data-guide]")) button.hidden = false;
  if (part()?.dataset.title) document.title = `${part().dataset.title} · Countersign`;
  shown();
  recall();
  begin();
  offerUnsent();
  tellUnsent(room().dataset.reader);
}

// Whoever presses buttons by keyboard finds the focus on the same one in the next case.
let held = "";
document.addEventListener("htmx:beforeSwap", () => {
  const pressed = document.activeElement.closest("#case :is(a, button):focus-visible");
  held = pressed && (pressed.id ? `#${pressed.id}` : `[data-verdict="${pressed.dataset.verdict ?? chosen()}"]`);
});

document.addEventListener("htmx:afterSwap", (event) => {
  if (event.detail.target?.id !== "case" && event.detail.elt?.id !== "case") return;
  if (held) (part().querySelector(held) ?? part().querySelector(".verdict"))?.focus();
  settle();
  const said = document.getElementById("notice")?.textContent ?? "";
  say(`${said} ${part()?.dataset.title ?? ""}`);
});

setInterval(renewLoan, HEARTBEAT);
document.addEventListener("visibilitychange", renewLoan);
settle();
