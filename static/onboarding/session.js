// Warns before the session ends, and keeps the page with what was typed until the user has signed in again.
// Without this script, a form that is sent too late leads to the sign-in page, and then back to the empty form.
"use strict";

const sessionNotice = document.getElementById("session");
if (sessionNotice) {
  const WARN_SECONDS = 120;
  const warning = sessionNotice.querySelector("[data-warning]");
  const ended = sessionNotice.querySelector("[data-ended]");
  let endsAt = Date.now() + Number(sessionNotice.dataset.seconds) * 1000;
  let isOver = false;
  let timer;

  const show = () => {
    const left = endsAt - Date.now();
    isOver = left <= 0;
    ended.hidden = !isOver;
    warning.hidden = isOver || left > WARN_SECONDS * 1000;
    sessionNotice.hidden = ended.hidden && warning.hidden;
    clearTimeout(timer);
    const untilWarning = left - WARN_SECONDS * 1000;
    // A timer takes at most 2^31 milliseconds.
    if (!isOver) timer = setTimeout(check, Math.min(untilWarning > 0 ? untilWarning : left, 2 ** 30));
  };

  // Ask the server how long the session lasts: another tab may have used or ended it. POST also counts as a use.
  const ask = async (method) => {
    const token = document.querySelector("[name=csrfmiddlewaretoken]")?.value ?? "";
    const headers = method === "POST" ? { "X-CSRFToken": token } : {};
    const response = await fetch(sessionNotice.dataset.url, { method, headers });
    if (!response.ok) throw new Error(String(response.status));
    const { seconds, token: fresh } = await response.json();
    endsAt = Date.now() + seconds * 1000;
    // Signing in changes the token that every form sends.
    if (fresh) for (const field of document.querySelectorAll("[name=csrfmiddlewaretoken]")) field.value = fresh;
    show();
  };

  const check = () => ask("GET").catch(show);

  warning.querySelector("button").addEventListener("click", () => ask("POST").catch(show));
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden && (isOver || endsAt - Date.now() < WARN_SECONDS * 1000)) check();
  });
  window.addEventListener("focus", () => { if (isOver) check(); });

  // Don't send a form that would only be lost.
  document.addEventListener("submit", (event) => {
    if (event.target.method !== "post" || endsAt - Date.now() > 0) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    show();
    sessionNotice.scrollIntoView({ block: "nearest" });
    ended.querySelector("a").focus();
  }, { capture: true });

  show();
}
