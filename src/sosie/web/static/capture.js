// Photographs of a capture, one after the other: each is sent, and how far the capture has come is
// laid into the page.
"use strict";

const form = document.querySelector("form.capture");
const inputs = form.querySelectorAll("[type=file]");
const said = form.querySelector("[role=status]");
const out = form.querySelector(".out");
const drop = form.querySelector(".drop");
const waiting = [];
let busy = false;

// Returns the page of an answer; nothing where one has to sign in first.
async function read(answer) {
  if (new URL(answer.url).pathname === out.querySelector("a").pathname) return null;
  return new DOMParser().parseFromString(await answer.text(), "text/html");
}

async function answered(file) {
  const body = new FormData(form);
  body.set("photograph", file);
  for (let tries = 0; ; tries += 1) {
    const answer = await fetch(form.action, { method: "POST", body });
    const later = { 429: 15000, 503: 2000 }[answer.status];
    if (!later || tries === 5) return read(answer);
    await new Promise((resolve) => setTimeout(resolve, later));
  }
}

async function keep(file) {
  if (file.size > Number(form.dataset.most)) return `${file.name}: ${form.dataset.large}`;
  let page;
  try {
    page = await answered(file);
  } catch {
    return `${file.name}: ${form.dataset.lost}`;
  }
  out.hidden = page !== null;
  if (!page) return "";
  const covered = page.getElementById("covered");
  if (!covered) return `${file.name}: ${page.querySelector("h1").textContent}`;
  document.getElementById("covered").replaceWith(covered);
  return [...page.querySelectorAll("main > .message")].map((each) => each.textContent).join(" · ");
}

async function work() {
  if (busy) return;
  busy = true;
  const problems = [];
  while (waiting.length) {
    const file = waiting[0];
    said.textContent = `${form.dataset.looking} ${file.name} (+${waiting.length - 1})`;
    const problem = await keep(file);
    if (!out.hidden) break;
    waiting.shift();
    if (problem) problems.push(problem);
    form.elements.slot.value = "";
  }
  busy = false;
  said.textContent = problems.join(" · ") || (waiting.length ? "" : form.dataset.done);
}

// Goes on once she has signed in again, in another tab: with the token of her new session.
async function resume() {
  if (out.hidden || busy) return;
  const page = await fetch(location.href).then(read).catch(() => null);
  const token = page?.querySelector("form.capture [name=csrfmiddlewaretoken]");
  if (!token) return;
  form.elements.csrfmiddlewaretoken.value = token.value;
  out.hidden = true;
  work();
}

function take(files) {
  waiting.push(...files);
  for (const input of inputs) input.value = "";
  work();
}

drop.classList.add("live");
form.querySelector(".acts").hidden = true;
addEventListener("focus", resume);
document.addEventListener("visibilitychange", resume);
for (const input of inputs) input.addEventListener("change", () => take(input.files));
form.addEventListener("submit", (event) => event.preventDefault());
for (const kind of ["dragenter", "dragover", "dragleave", "drop"]) {
  drop.addEventListener(kind, (event) => {
    event.preventDefault();
    drop.classList.toggle("over", kind === "dragenter" || kind === "dragover");
    if (kind === "drop") take(event.dataTransfer.files);
  });
}
