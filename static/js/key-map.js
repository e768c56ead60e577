// The page of one's own keys: a key pressed in a field becomes its value; a key that another action has is said at once.
import { namesOf } from "./keys.js";

/** How the key is stored for a reader: by the digit it bears. */
const nameOf = (event) => namesOf(event).sort((a, b) => /\d$/.test(b) - /\d$/.test(a))[0];

const form = document.getElementById("keys");
const said = document.getElementById("key-conflict");
const inputs = () => [...form.querySelectorAll("[data-key-input]")];
const LEAVES = new Set(["Tab", "Shift+Tab", "Escape", "Enter", "Shift+Enter"]);
const MODIFIERS = new Set(["Shift", "Control", "Alt", "Meta", "AltGraph", "CapsLock"]);

form.addEventListener("keydown", (event) => {
  const input = event.target.closest("[data-key-input]");
  if (!input || input.readOnly || MODIFIERS.has(event.key)) return;
  const key = nameOf(event);
  if (LEAVES.has(key)) return;
  event.preventDefault();
  input.value = event.key === "Backspace" && input.value ? "" : key;
  const other = inputs().find((one) => one !== input && one.value.split(" ").includes(key));
  const words = (one) => form.querySelector(`label[for="${CSS.escape(one.id)}"]`).textContent;
  said.textContent = other && input.value ? `${key} is also “${words(other)}”. One of the two must change before you store.` : "";
  input.setAttribute("aria-invalid", Boolean(other && input.value));
});
