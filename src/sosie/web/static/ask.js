// What htmx leaves to us while one types: what is open stays open, and a tab that is closed takes
// nothing with it.
"use strict";

const form = document.getElementById("asking");
const told = document.getElementById("told");
let kept = true;
let open = false;

form.addEventListener("input", () => { kept = false; });
told.addEventListener("htmx:beforeRequest", () => { kept = true; });
told.addEventListener("htmx:afterRequest", (event) => { kept = kept && event.detail.successful; });
told.addEventListener("htmx:beforeSwap", () => { open = told.querySelector("details")?.open; });
told.addEventListener("htmx:afterSwap", () => {
  const details = told.querySelector("details");
  if (details && open) details.open = true;
});
addEventListener("pagehide", () => {
  if (!kept) navigator.sendBeacon(told.getAttribute("hx-post"), new FormData(form));
});
