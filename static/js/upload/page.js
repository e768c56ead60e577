// The page of an upload: choosing, progress per file and of all, pause, and when the import may start.
import { Queue } from "./queue.js";

const SHOWN = 100; // rows; of the other files the line above tells
const WORDS = { comparing: "is compared with what is here", waiting: "waits", sending: "is sent", done: "is here", refused: "not taken" };
const part = (id) => document.getElementById(id);
const room = part("upload");
const rows = new Map(); // by file, those that are shown
const queue = new Queue(room, hear);
const hidden = new Set(); // names of files that stay behind
let isDrawn = false;
room.dataset.state = "idle";

const bytes = (count) => {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let step = 0;
  for (; count >= 1024 && step < units.length - 1; step++) count /= 1024;
  return `${step ? count.toFixed(1) : count}\u202f${units[step]}`;
};

function hear(file) {
  if (file) show(file);
  if (isDrawn) return;
  isDrawn = true;
  requestAnimationFrame(() => { isDrawn = false; tell(); });
}

function row(file) {
  const line = document.createElement("tr");
  const name = Object.assign(document.createElement("th"), { scope: "row", textContent: file.name });
  const size = Object.assign(document.createElement("td"), { className: "num", textContent: bytes(file.source.size) });
  const state = document.createElement("td");
  const cell = document.createElement("td");
  const bar = Object.assign(document.createElement("progress"), { max: Math.max(1, file.source.size), value: 0 });
  bar.setAttribute("aria-label", file.name);
  cell.append(bar);
  line.append(name, size, state, cell);
  return { line, state, bar };
}

function show(file) {
  if (!rows.has(file)) {
    const finished = [...rows.keys()].find((one) => one.state === "done");
    if (rows.size >= SHOWN && !finished) return;
    if (rows.size >= SHOWN) { rows.get(finished).line.remove(); rows.delete(finished); }
    rows.set(file, row(file));
    part("rows").append(rows.get(file).line);
  }
  const { state, bar } = rows.get(file);
  state.textContent = file.problem ? `${WORDS[file.state]}: ${file.problem}` : WORDS[file.state];
  bar.value = file.state === "done" ? bar.max : file.offset;
}

function tell() {
  const here = queue.files.filter((file) => file.state === "done").length;
  const refused = queue.files.filter((file) => file.state === "refused");
  for (const file of refused) if (!rows.has(file)) show(file);
  const isBusy = queue.files.some((file) => ["comparing", "waiting", "sending"].includes(file.state));
  const compared = queue.files.filter((file) => file.state === "comparing").length;
  const anew = queue.files.filter((file) => file.isAnew);
  const sums = `${here.toLocaleString()} of ${queue.files.length.toLocaleString()} files are here, ${bytes(queue.sent)} of ${bytes(queue.size)}.`;
  const said = [queue.problem, queue.files.length ? sums : "", queue.isPaused && !queue.problem ? "Paused." : ""];
  if (compared) said.push(`${compared.toLocaleString()} are compared with what is here.`);
  if (anew.length) said.push(`${some(anew.map(({ name }) => name))}: not what was here under the name, so sent anew.`);
  if (refused.length) said.push(`${refused.length.toLocaleString()} not taken.`);
  if (hidden.size) said.push(behind());
  const text = said.filter(Boolean).join(" ");
  if (text && part("status").textContent !== text) part("status").textContent = text;
  part("all").max = Math.max(1, queue.size);
  part("all").value = queue.sent;
  const pause = part("pause");
  pause.hidden = !isBusy;
  pause.textContent = queue.isPaused ? "Go on" : "Pause";
  part("finish").disabled = isBusy || here === 0 || lackingBefore() > 0;
  room.dataset.state = isBusy ? (queue.isPaused ? "paused" : "sending") : queue.isDone ? "done" : "idle";
}

const some = (names) => names.slice(0, 3).join(", ") + (names.length > 3 ? ", …" : "");

function behind() {
  const why = "hidden (a name that begins with a dot, or __MACOSX)";
  return `Left behind, ${hidden.size.toLocaleString()} in all, since they are ${why}: ${some([...hidden])}. Rename what is to come in.`;
}

// Files of an earlier sitting that were not chosen again; beyond the rows that are shown the server says it.
const lackingBefore = () => document.querySelectorAll("#rows tr[data-lacking]").length;

function choose(input, isReports) {
  const chosen = [...input.files].map((source) => {
    const path = source.webkitRelativePath; // begins with the chosen folder's own name
    return { name: path ? path.slice(path.indexOf("/") + 1) : source.name, source, isReports };
  });
  const isHidden = ({ name }) => name.split("/").some((one) => one.startsWith(".") || one === "__MACOSX");
  const seen = chosen.filter((file) => !isHidden(file));
  for (const { name } of chosen.filter(isHidden)) hidden.add(name);
  hear(null);
  for (const line of document.querySelectorAll("#rows tr[data-lacking]")) {
    if (seen.some(({ name }) => name === line.dataset.lacking)) line.remove();
  }
  queue.add(seen);
  input.value = ""; // the same folder may be chosen again
}

for (const id of ["folder", "files", "reports"]) {
  part(id).addEventListener("change", ({ target }) => choose(target, id === "reports"));
  if (part(id).files.length) choose(part(id), id === "reports"); // chosen before this script was there
}
part("pause").addEventListener("click", () => (queue.isPaused ? queue.resume() : queue.pause()));
addEventListener("online", () => queue.wake());
addEventListener("beforeunload", (event) => { if (room.dataset.state === "sending") event.preventDefault(); });
