// Verdicts that wait on this device for an answer (reading/kept.js). A page that would say that all is stored says otherwise, and
// leads to the first of their cases:
//   <span data-unsent>Your verdicts are stored.</span> <a data-unsent="/reading/case/" hidden>A verdict of yours is not stored: open it.</a>

/** The name of the first verdict that waits, of anybody or of this reader; or nothing. */
export const waitingIn = (store, reader = "") => Object.keys(store).find((name) => name.startsWith(`waiting:${reader}`));

/** Once a page: each part that is shown is hidden, and the other way round. */
export function tellUnsent(reader) {
  const name = waitingIn(localStorage, `${reader}:`);
  if (!name) return;
  for (const each of document.querySelectorAll("[data-unsent]")) {
    each.hidden = !each.hidden;
    each.href = `${each.dataset.unsent + name.split(":")[2]}/`;
  }
}
