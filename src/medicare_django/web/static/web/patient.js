/* Says beside the button which time is chosen. */

"use strict";

function tell() {
  const chosen = document.querySelector("input[name=start]:checked");
  const told = document.querySelector("[data-chosen]");
  if (chosen && told) told.textContent = chosen.getAttribute("aria-label");
}

document.addEventListener("change", tell);
tell();
