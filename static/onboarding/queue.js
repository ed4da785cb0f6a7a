// Waits in line before it sends a form with a passphrase, and says how long the line is.
// Without this script, or if the line fills up meanwhile, the server's page says how long the line is.
"use strict";

const queue = document.getElementById("queue");
if (queue) {
  const admitted = new WeakSet();

  // Ask until the form would be accepted. An error is no reason to wait: the server's page says what is wrong.
  const turn = async () => {
    for (;;) {
      const response = await fetch(queue.dataset.url, { headers: { Accept: "application/json" } });
      if (!response.ok || response.redirected) return;
      const { full, text, seconds } = await response.json();
      if (!full) return;
      queue.lastElementChild.textContent = text;
      queue.hidden = false;
      await new Promise((resolve) => { setTimeout(resolve, seconds * 1000); });
    }
  };

  // In the capture phase: before the other scripts see that the form is sent.
  document.addEventListener("submit", async (event) => {
    const { target: form, submitter } = event;
    if (admitted.has(form) || !form.querySelector("input[data-reveal]")) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (form.dataset.waiting) return;
    form.dataset.waiting = "yes";
    try {
      await turn();
    } catch {
      // the network is down: the browser says so when the form is sent
    }
    delete form.dataset.waiting;
    queue.hidden = true;
    admitted.add(form);
    form.requestSubmit(submitter);
    setTimeout(() => admitted.delete(form));
  }, true);
}
