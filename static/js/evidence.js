// Lights up the words of the report that a suggestion or a finding rests on, while it is pointed at or has the focus.
// Without this script the link to the words still leads there, and the browser marks where they begin.
//   <tr data-shows="s12"> … <a href="#s12"> … </tr>   <mark data-of="s12 f3">…</mark>

const marks = [...document.querySelectorAll("mark[data-of]")];
const rows = [...document.querySelectorAll("[data-shows]")];
const about = (mark) => mark.dataset.of.split(" ");

function light(names) {
  for (const mark of marks) mark.classList.toggle("lit", about(mark).some((name) => names.includes(name)));
  for (const row of rows) row.classList.toggle("lit", names.includes(row.dataset.shows));
}

const chosen = () => (location.hash ? [location.hash.slice(1)] : []);

for (const row of rows) {
  for (const event of ["pointerenter", "focusin"]) row.addEventListener(event, () => light([row.dataset.shows]));
  for (const event of ["pointerleave", "focusout"]) row.addEventListener(event, () => light(chosen()));
}
for (const mark of marks) {
  mark.addEventListener("pointerenter", () => light(about(mark)));
  mark.addEventListener("pointerleave", () => light(chosen()));
}
addEventListener("hashchange", () => light(chosen()));
light(chosen());
