/* How long it is until the next visit, as time goes by; and a fresh page for who comes back to it. */

"use strict";

const MINUTE = 60000;
const AWAY = 2 * MINUTE;

function counted(number, word) {
  return number ? `${number} ${word}${number === 1 ? "" : "s"}` : "";
}

function tell(place) {
  const minutes = Math.ceil((new Date(place.dataset.until) - Date.now()) / MINUTE);
  const parts = [counted(Math.floor(minutes / 60), "hour"), counted(minutes % 60, "minute")];
  place.textContent = minutes > 0 ? `in ${parts.filter(Boolean).join(" ")}` : "now";
}

function tellAll() {
  for (const place of document.querySelectorAll("[data-until]")) tell(place);
}

let hiddenAt = 0;

setInterval(tellAll, 15000);

document.addEventListener("visibilitychange", () => {
  if (document.hidden) hiddenAt = Date.now();
  else if (Date.now() - hiddenAt > AWAY && !document.querySelector("dialog[open]")) location.reload();
  else tellAll();
});
