// While one types: what was typed is kept, and what can be told of it is laid into the page.
"use strict";

const WAIT = 350;
const form = document.getElementById("asking");
const told = document.getElementById("told");
let timer = 0;
let asked = null;

async function look() {
  asked?.abort();
  asked = new AbortController();
  const body = new FormData(form);
  try {
    const answer = await fetch(form.dataset.look, { method: "POST", body, signal: asked.signal });
    if (!answer.ok) return;
    const text = await answer.text();
    const page = new DOMParser().parseFromString(text, "text/html");
    const open = told.querySelector("details")?.open;
    told.replaceChildren(...page.body.childNodes);
    const details = told.querySelector("details");
    if (details && open) details.open = true;
  } catch (error) {
    if (error.name !== "AbortError") console.info("not kept yet:", error.message);
  }
}

form.addEventListener("input", () => {
  clearTimeout(timer);
  timer = setTimeout(look, WAIT);
});
// A tab that is closed takes nothing with it.
addEventListener("pagehide", () => {
  if (timer) navigator.sendBeacon(form.dataset.look, new FormData(form));
});
