/* Shows what hours come to while they are being filled in. The server says it, of the same form. */

"use strict";

const form = document.querySelector("form[data-preview]");
let timer;
let asked;

function ofThisForm() {
  const data = new FormData(form);
  data.delete("csrfmiddlewaretoken");
  return new URLSearchParams(data);
}

async function renewPreview() {
  if (asked) asked.abort();
  asked = new AbortController();
  try {
    const answer = await fetch(`${form.dataset.preview}?${ofThisForm()}`, { signal: asked.signal });
    if (!answer.ok || answer.redirected) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const part of fresh.querySelectorAll("[data-part]")) {
      document.querySelector(`[data-part=${part.dataset.part}]`).replaceChildren(...part.childNodes);
    }
  } catch {
    /* Out of date, or offline: the next change asks again. */
  }
}

function nameDay() {
  const pattern = form.querySelector("[name=repeat_pattern]:checked");
  const label = form.querySelector("label[for=id_start_date]");
  label.textContent = pattern && pattern.value === "none" ? "Day" : "First day";
}

for (const button of form.querySelectorAll("[data-without-script]")) button.remove();

form.addEventListener("input", () => {
  nameDay();
  clearTimeout(timer);
  timer = setTimeout(renewPreview, 300);
});
nameDay();
