/* Says at once, rather than after minutes of sending, that a file is too large. The server judges again. */

"use strict";

const input = document.querySelector("input[type=file][data-most]");

function tell(sentence) {
  const field = input.closest(".field");
  const old = field.querySelector("p.error");
  if (old) old.remove();
  field.classList.toggle("wrong", Boolean(sentence));
  input.removeAttribute("aria-invalid");
  if (!sentence) return;
  const error = document.createElement("p");
  error.className = "error";
  error.id = `${input.id}_error`;
  error.setAttribute("role", "alert");
  error.textContent = sentence;
  field.append(error);
  input.setAttribute("aria-invalid", "true");
  input.setAttribute("aria-describedby", `${input.id}_helptext ${error.id}`);
}

function isTooLarge() {
  return [...input.files].some((file) => file.size > Number(input.dataset.most));
}

if (input) {
  input.addEventListener("change", () => {
    const most = Number(input.dataset.most) / 2 ** 20;
    tell(isTooLarge() ? `This file is too large. Choose one of at most ${most} MB.` : "");
  });
  input.form.addEventListener("submit", (event) => {
    if (!isTooLarge()) return;
    event.preventDefault();
    input.focus();
  });
}
