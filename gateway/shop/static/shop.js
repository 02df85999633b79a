// Saves a round trip or a click, and adds nothing: every page works without it.
"use strict";
// A form that is on its way is not sent again by an impatient click; where its page stays, it can be after a while.
let sent = null;
addEventListener("submit", (event) => {
  if (event.target === sent) return event.preventDefault();
  if (event.target.method !== "post") return;
  sent = event.target;
  setTimeout(() => { sent = null; }, 5000);
});
addEventListener("pageshow", (event) => {
  sent = null;
  // What somebody sends from a page that he came back to, he means to send once more.
  if (event.persisted) for (const each of document.getElementsByName("once")) each.value = crypto.getRandomValues(new Uint32Array(2)).join("");
});
document.querySelector("form[data-auto]")?.requestSubmit();
addEventListener("keydown", (event) => {
  const field = document.getElementById("q");
  if (event.key === "/" && field && !event.target.closest("input,textarea,select") && !event.ctrlKey && !event.metaKey) {
    event.preventDefault();
    field.focus();
    field.select();
  }
});
