// What the server does not have yet, a verdict without an answer ("waiting") or a draft: kept in this tab by reader and case; left on
// the device where the tab ends or its line is dead, for the next tab that shows the case.
import { waitingIn } from "../unsent.js";
import { part, room } from "./panel.js";

const stores = [sessionStorage, localStorage];
const place = (kind, slot = part()?.dataset.case) => `${kind}:${room().dataset.reader}:${slot}`;
const isKept = (name) => /^(draft|waiting):/.test(name);

export const keep = (kind, text) => { sessionStorage[place(kind)] = text; };
export const kept = (kind, slot) => sessionStorage.getItem(place(kind, slot));
export const isWaiting = () => waitingIn(sessionStorage);

export function drop(kind, slot) {
  for (const store of stores) store.removeItem(place(kind, slot));
}

export function leave() {
  for (const name in sessionStorage) if (isKept(name)) localStorage[name] = sessionStorage[name];
}

/** What another tab left of the case becomes this one's. */
export function recall() {
  for (const name of ["draft", "waiting"].map((kind) => place(kind))) {
    if (localStorage[name]) sessionStorage[name] ??= localStorage[name];
    localStorage.removeItem(name);
  }
}

/** Shared workstations: nothing stays of anybody but this reader; of nobody, where somebody else has signed in. */
export function forgetOthers(reader) {
  for (const store of stores) for (const name in store) if (isKept(name) && !name.includes(`:${reader}:`)) store.removeItem(name);
}

forgetOthers(room().dataset.reader);
addEventListener("pagehide", leave);
