// Help, guidelines and report: a key away, and none of them over the pictures.
import { bind, claim } from "../keys.js";

const guide = document.getElementById("guide");

function toggleGuide() {
  if (guide.open) guide.close();
  else guide.show();
  for (const button of document.querySelectorAll("[data-guide][aria-expanded]")) button.ariaExpanded = guide.open;
}

const help = () => document.getElementById("help").showModal();
bind("help", help);
bind("panel.guidelines", toggleGuide);
bind("panel.report", () => {
  const report = document.getElementById("report");
  if (report) report.open = !report.open;
});
claim((event, name) => name === "Escape" && guide.open && (toggleGuide(), true));

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-help]")) help();
  if (event.target.closest("[data-guide]")) toggleGuide();
});
