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
  const box = document.createElement("div");
  box.className = "with-reveal";
  input.replaceWith(box);
  box.append(input, button);
}

// Say while a new passphrase is typed about how strong it is. The server decides.
for (const input of document.querySelectorAll("input[data-strength]")) {
  const line = document.createElement("div");
  const meter = document.createElement("meter");
  const words = document.createElement("span");
  line.className = "strength";
  line.hidden = true;
  meter.max = 3;
  meter.low = 2;
  meter.high = 2.5;
  meter.optimum = 3;
  meter.setAttribute("aria-label", input.dataset.strength);
  words.setAttribute("role", "status");
  line.append(meter, words);
  input.closest(".with-reveal").after(line);
  input.addEventListener("input", () => {
    const typed = [...input.value];
    const level = typed.length < 12 ? 1 : new Set(typed).size < 8 ? 2 : 3;
    line.hidden = typed.length === 0;
    meter.value = level;
    const { strengthShort, strengthWeak, strengthGood } = input.dataset;
    words.textContent = [strengthShort, strengthWeak, strengthGood][level - 1];
  });
}

// On paper, the sheet of the request is open, also in browsers that can't open it by their stylesheet.
window.addEventListener("beforeprint", () => {
  for (const sheet of document.querySelectorAll("details.sheet")) sheet.open = true;
});

// List the chosen files below their field, and show that files can be dropped on it.
for (const input of document.querySelectorAll("input[type=file]")) {
  const list = document.createElement("ul");
  list.className = "hint";
  input.after(list);
  input.addEventListener("change", () => {
    list.replaceChildren(...[...input.files].map((file) => {
      const item = document.createElement("li");
      item.textContent = file.name;
      return item;
    }));
  });
  for (const name of ["dragover", "dragleave", "drop"]) {
    input.addEventListener(name, () => input.classList.toggle("dragged", name === "dragover"));
  }
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
const filled = (text, values) => text.replace(/\{(\w+)\}/g, (_, key) => values[key]);
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

  const list = panel.querySelector("ol");
  const left = panel.querySelector("[data-left]");
  const planned = [...list.children].map((item) => item.cloneNode(true));
  let countdown;

  const addItem = (text, className, name) => {
    const known = name ? list.querySelector(`[data-stage="${CSS.escape(name)}"]`) : null;
    const item = known ?? document.createElement("li");
    item.textContent = text;
    item.className = className;
    if (!known) list.append(item);
    list.querySelector(".running")?.classList.remove("running");
    if (className === "passed") item.nextElementSibling?.classList.add("running");
  };

  // All stages are shown from the start, and how many seconds the test can still take.
  const begin = () => {
    list.replaceChildren(...planned.map((item) => item.cloneNode(true)));
    list.firstElementChild?.classList.add("running");
    const end = Date.now() + Number(left.dataset.seconds) * 1000;
    const tick = () => {
      const seconds = Math.max(0, Math.ceil((end - Date.now()) / 1000));
      left.textContent = filled(left.dataset.left, { seconds });
    };
    clearInterval(countdown);
    countdown = setInterval(tick, 1000);
    tick();
  };

  const showStage = ({ name, label, ok, milliseconds }) => {
    const text = ok ? panel.dataset.passed : panel.dataset.failed;
    addItem(filled(text, { stage: label, milliseconds: Math.round(milliseconds) }), ok ? "passed" : "failed", name);
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
    clearInterval(countdown);
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
    begin();
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
