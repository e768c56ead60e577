// Keeps a dangerous button disabled until the name of the thing is typed. The server checks the name again;
// without this script the button is simply enabled.
//   <input data-confirm-name="chest-v1" …> … <button data-confirm-button>Freeze release</button>   (same form)

for (const input of document.querySelectorAll("input[data-confirm-name]")) {
  const button = input.form?.querySelector("[data-confirm-button]");
  if (!button) continue;
  const check = () => { button.disabled = input.value.trim() !== input.dataset.confirmName; };
  input.addEventListener("input", check);
  check();
}
