/* Says at once, and not after minutes of sending, that a file is too large. The server judges again. */

"use strict";

const file = document.querySelector("input[type=file][data-most]");

function isTooLarge() {
  return [...file.files].some((one) => one.size > Number(file.dataset.most));
}

function judge() {
  const field = file.closest(".field");
  const old = field.querySelector("p.error");
  if (old) old.remove();
  file.removeAttribute("aria-invalid");
  if (!isTooLarge()) return;
  const error = document.querySelector("template[data-too-large]").content.cloneNode(true);
  const id = error.firstElementChild.id;
  field.append(error);
  file.setAttribute("aria-invalid", "true");
  file.setAttribute("aria-describedby", `${file.id}_helptext ${id}`);
}

if (file) {
  file.addEventListener("change", judge);
  file.form.addEventListener("submit", (event) => {
    if (!isTooLarge()) return;
    event.preventDefault();
    file.focus();
  });
}
