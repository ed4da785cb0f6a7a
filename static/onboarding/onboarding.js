// Improves the pages. Every page also works without this script. Texts for people come from data attributes.
"use strict";

// Send each form only once: ignore the second click of a double click.
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
      if (form.dataset.once) {
        button.dataset.label = button.textContent;
        button.textContent = form.dataset.once;
      }
    }
  });
}

// Enable a form again after it was sent.
function reopen(form) {
  delete form.dataset.sent;
  for (const button of form.querySelectorAll("button[aria-disabled]")) {
    button.removeAttribute("aria-disabled");
    if (button.dataset.label) button.textContent = button.dataset.label;
  }
}

// The browser's Back button can show a page from its cache, with its forms as they were left.
window.addEventListener("pageshow", (event) => {
  if (event.persisted) document.querySelectorAll("form[data-sent]").forEach(reopen);
});

// Add a button that shows a secret while it is typed.
for (const input of document.querySelectorAll("input[data-reveal]")) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "btn btn-sm btn-outline-secondary reveal";
  button.textContent = input.dataset.reveal;
  button.setAttribute("aria-label", input.dataset.revealLabel);
  button.setAttribute("aria-pressed", "false");
  button.addEventListener("click", () => {
    const show = input.type === "password";
    input.type = show ? "text" : "password";
    button.textContent = show ? input.dataset.revealHide : input.dataset.reveal;
    button.setAttribute("aria-pressed", String(show));
  });
  input.form?.addEventListener("submit", () => { input.type = "password"; });
  input.after(button);
}

// Enable the buttons that copy a text.
for (const button of document.querySelectorAll("button[data-copy]")) {
  button.hidden = false;
  const label = button.textContent;
  button.addEventListener("click", async () => {
    const source = document.getElementById(button.dataset.copy);
    try {
      await navigator.clipboard.writeText(source.value);
      button.textContent = button.dataset.copied;
    } catch {
      source.select();
      button.textContent = button.dataset.copyFailed;
    }
    setTimeout(() => { button.textContent = label; }, 2000);
  });
}

// Show each stage of a connection test as it ends. The server responds with lines of JSON.
const stagesForm = document.querySelector("form[data-stages]");
if (stagesForm) {
  const STREAM = "application/x-ndjson";
  const panel = document.getElementById(stagesForm.dataset.stages);
  const alert = document.getElementById("stages-alert");
  const cancel = panel.querySelector("button");
  const cancelLabel = cancel.textContent;
  const token = stagesForm.querySelector("[name=csrfmiddlewaretoken]").value;

  cancel.addEventListener("click", () => {
    cancel.disabled = true;
    cancel.textContent = cancel.dataset.stopping;
    const enable = () => { cancel.disabled = false; cancel.textContent = cancelLabel; };
    fetch(panel.dataset.cancel, { method: "POST", headers: { "X-CSRFToken": token } }).catch(enable);
  });

  const addItem = (text, className) => {
    const item = document.createElement("li");
    item.textContent = text;
    item.className = className;
    panel.querySelector("ol").append(item);
  };

  const showStage = ({ label, ok, milliseconds }) => {
    const text = ok ? panel.dataset.passed : panel.dataset.failed;
    const values = { stage: label, milliseconds: Math.round(milliseconds) };
    addItem(text.replace(/\{(\w+)\}/g, (_, key) => values[key]), ok ? "passed" : "failed");
  };

  // Read the lines of a stream until a line has an address to open or a reason to wait. Return whether one did.
  const follow = async (body) => {
    let rest = "";
    const reader = body.pipeThrough(new TextDecoderStream()).getReader();
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return false;
      const parts = (rest + value).split("\n");
      rest = parts.pop();
      for (const line of parts.map((part) => JSON.parse(part))) {
        if (line.stage) showStage(line.stage);
        if (line.wait) {
          addItem(line.wait, "failed");
          stagesForm.hidden = false;
          reopen(stagesForm);
          return true;
        }
        if (line.go) {
          window.location.assign(line.go);
          return true;
        }
      }
    }
  };

  // The request failed, or the stream was interrupted. Keep the typed values except the secrets, as after every error.
  // The test's id stays the same: if the server has the test, sending the form again leads to its result.
  const showLost = () => {
    panel.hidden = true;
    stagesForm.hidden = false;
    for (const input of stagesForm.querySelectorAll("input[data-reveal]")) input.value = "";
    reopen(stagesForm);
    alert.replaceChildren(document.getElementById("stages-lost").content.cloneNode(true));
    alert.firstElementChild.focus();
  };

  stagesForm.addEventListener("submit", async (event) => {
    if (event.defaultPrevented) return;
    event.preventDefault();
    alert.replaceChildren();
    panel.querySelector("ol").replaceChildren();
    cancel.disabled = false;
    cancel.textContent = cancelLabel;
    try {
      const body = new FormData(stagesForm);
      const response = await fetch(stagesForm.action, { method: "POST", body, headers: { Accept: STREAM } });
      if (!response.headers.get("Content-Type")?.startsWith(STREAM)) {
        stagesForm.submit(); // there is an error in the form, or the session has ended: the full page says so
        return;
      }
      panel.hidden = false;
      stagesForm.hidden = true;
      panel.scrollIntoView({ block: "nearest" });
      if (!(await follow(response.body))) showLost();
    } catch {
      showLost();
    }
  });
}
