// Conveniences only: every page works without this file.
"use strict";

// A form is sent once: the second click of a double click does nothing.
for (const form of document.querySelectorAll("form[data-once]")) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "yes";
    const button = event.submitter;
    if (button) {
      button.setAttribute("aria-disabled", "true");
      if (form.dataset.once) button.textContent = form.dataset.once;
    }
  });
}
// Coming back with the browser's own button shows the page as it was left: make its forms usable again.
window.addEventListener("pageshow", (event) => {
  if (event.persisted) for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
});

// A passphrase can be shown while it is typed.
for (const input of document.querySelectorAll("input[data-reveal]")) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "btn btn-sm btn-outline-secondary reveal";
  button.textContent = "Show";
  button.setAttribute("aria-label", `Show the ${input.labels[0]?.textContent.replace("*", "").trim().toLowerCase() ?? "text"}`);
  button.setAttribute("aria-pressed", "false");
  button.addEventListener("click", () => {
    const show = input.type === "password";
    input.type = show ? "text" : "password";
    button.textContent = show ? "Hide" : "Show";
    button.setAttribute("aria-pressed", String(show));
  });
  input.form?.addEventListener("submit", () => { input.type = "password"; });
  input.after(button);
}

// A text can be copied.
for (const button of document.querySelectorAll("button[data-copy]")) {
  button.hidden = false;
  const label = button.textContent;
  button.addEventListener("click", async () => {
    const source = document.getElementById(button.dataset.copy);
    try {
      await navigator.clipboard.writeText(source.value);
      button.textContent = "Copied";
    } catch {
      source.select();
      button.textContent = "Press Ctrl+C";
    }
    setTimeout(() => { button.textContent = label; }, 2000);
  });
}

// The stages of a test are shown as they happen. Anything unexpected falls back to sending the form the ordinary way.
const stagesForm = document.querySelector("form[data-stages]");
if (stagesForm) {
  const panel = document.getElementById(stagesForm.dataset.stages);
  const list = panel.querySelector("ol");
  const token = stagesForm.querySelector("[name=csrfmiddlewaretoken]").value;
  const say = (text, className) => {
    const item = document.createElement("li");
    item.textContent = text;
    item.className = className;
    list.append(item);
  };
  panel.querySelector("button").addEventListener("click", (event) => {
    event.target.disabled = true;
    event.target.textContent = "Stopping…";
    fetch(panel.dataset.cancel, { method: "POST", headers: { "X-CSRFToken": token } });
  });
  const follow = (line) => {
    if (line.stage) say(`${line.stage.name}: ${line.stage.ok ? "passed" : "failed"}, ${Math.round(line.stage.milliseconds)} ms`, line.stage.ok ? "passed" : "failed");
    if (line.wait) { say(line.wait, "failed"); stagesForm.hidden = false; delete stagesForm.dataset.sent; }
    if (line.go) window.location.assign(line.go);
  };
  stagesForm.addEventListener("submit", async (event) => {
    if (event.defaultPrevented) return;
    event.preventDefault();
    const response = await fetch(stagesForm.action, { method: "POST", body: new FormData(stagesForm), headers: { Accept: "application/x-ndjson" } });
    if (!response.headers.get("Content-Type")?.startsWith("application/x-ndjson")) {
      stagesForm.submit(); // there is something to correct, or the session has ended: the ordinary way shows it
      return;
    }
    panel.hidden = false;
    stagesForm.hidden = true;
    panel.scrollIntoView({ block: "nearest" });
    let rest = "";
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    for (;;) {
      const { value, done } = await reader.read();
      if (done) break;
      const parts = (rest + value).split("\n");
      rest = parts.pop();
      for (const part of parts) follow(JSON.parse(part));
    }
  });
}
