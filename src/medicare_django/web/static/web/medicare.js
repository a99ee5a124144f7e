/* Makes nicer what works without it: confirmations in a dialog, the seconds of a lock, the menu of
   a phone. */

"use strict";

/* A link with `data-dialog` leads to a page whose `data-confirm` part is shown in a dialog instead.
   Once the question is answered the new content takes the place of the old, without a reload. */

const dialog = document.createElement("dialog");
dialog.setAttribute("aria-labelledby", "confirm-title");
let isOutdated = false; // the page behind it, since somebody else was quicker

async function load(url, options = {}) {
  const signal = AbortSignal.timeout ? AbortSignal.timeout(15000) : undefined;
  const response = await fetch(url, { credentials: "same-origin", signal, ...options });
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  const isElsewhere = response.type === "opaqueredirect";
  return { page, url: response.url, status: response.status, isElsewhere };
}

function here() {
  return location.pathname + location.search;
}

async function ask(link) {
  const url = new URL(link.href);
  url.searchParams.set("next", here());
  link.setAttribute("aria-busy", "true");
  try {
    const answer = await load(url);
    if (!show(answer)) location.assign(answer.url);
  } catch {
    location.assign(link.href);
  } finally {
    link.removeAttribute("aria-busy");
  }
}

function show({ page, status }) {
  const question = page.querySelector("[data-confirm]");
  isOutdated = question !== null && status === 409;
  if (!question) return false;
  dialog.replaceChildren(question);
  if (!dialog.isConnected) document.body.append(dialog);
  if (!dialog.open) dialog.showModal();
  const safe = dialog.querySelector("[autofocus]") || dialog.querySelector("[data-close]");
  if (safe) safe.focus({ preventScroll: true });
  dialog.scrollTop = 0; // what is asked is read from its beginning
  return true;
}

/* Redirects are not followed in here: a page that nobody looks at would use up the message that
   says what was done, or that it was not. */

async function send(form, submitter) {
  const data = new FormData(form);
  if (submitter && submitter.name) data.append(submitter.name, submitter.value);
  for (const button of form.querySelectorAll("button")) button.disabled = true;
  const sent = { method: "POST", body: new URLSearchParams(data), redirect: "manual" };
  try {
    const answer = await load(form.action, sent);
    if (show(answer)) return;
    dialog.close();
    if (answer.isElsewhere) await goOn(new URL(data.get("next"), location.href));
    else location.assign(answer.url);
  } catch {
    location.reload();
  }
}

async function goOn(next) {
  if (next.pathname !== location.pathname) return location.assign(next);
  const answer = await load(next, { redirect: "manual" });
  if (answer.isElsewhere) location.assign(next);
  else renew(answer.page);
}

function renew(page) {
  const fresh = page.querySelector("main");
  if (!fresh) return location.reload();
  document.querySelector("main").replaceWith(fresh);
  document.title = page.title;
  const notice = fresh.querySelector(".notice") || fresh.querySelector("h1") || fresh;
  notice.tabIndex = -1;
  notice.focus();
  document.dispatchEvent(new CustomEvent("medicare:renewed"));
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("a");
  if (!link || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
  if (dialog.contains(link) && link.matches("[data-close]")) {
    event.preventDefault();
    dialog.close();
  } else if (link.matches("[data-dialog]") && dialog.showModal) {
    event.preventDefault();
    ask(link);
  }
});

dialog.addEventListener("click", (event) => {
  if (event.target === dialog) dialog.close();
});

dialog.addEventListener("close", () => {
  if (isOutdated) location.reload();
});

dialog.addEventListener("submit", (event) => {
  event.preventDefault();
  send(event.target, event.submitter);
});

/* The seconds until a login works again. Its alert is read out once, by what never changes. */

function countDown(notice) {
  const until = performance.now() + Number(notice.dataset.countdown) * 1000;
  const card = notice.closest(".card");
  const button = card.querySelector("form button[type=submit]");
  const shown = notice.querySelector("[data-seconds]");
  button.disabled = true;
  const timer = setInterval(() => {
    const left = Math.ceil((until - performance.now()) / 1000);
    shown.parentNode.lastChild.textContent = left === 1 ? " second." : " seconds.";
    shown.textContent = Math.max(left, 0);
    if (left > 0) return;
    clearInterval(timer);
    notice.hidden = true;
    const over = card.querySelector("[data-over]");
    over.hidden = false;
    over.querySelector("[role=status]").textContent = "You can try again now.";
    button.disabled = false;
  }, 250);
}

for (const notice of document.querySelectorAll("[data-countdown]")) countDown(notice);

/* The menu of a phone closes by Escape, and when something else is touched. */

const menu = document.querySelector("details.menu");
if (menu) {
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && menu.open) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  });
  document.addEventListener("click", (event) => {
    if (menu.open && !menu.contains(event.target)) menu.open = false;
  });
}
