// A board while its pictures are made: what changes is told by the server, as HTML to be laid in
// (`progress.py`); the browser asks again by itself. And keys: arrows move from picture to picture,
// letters press what says which one it stands for (`data-key`), on the picture that has the focus.
"use strict";

const RETRY = 10_000;
const list = document.querySelector(".board");
const head = document.getElementById("head");
const told = document.getElementById("told");

function drawn(html) {
  return new DOMParser().parseFromString(html, "text/html").body;
}

function lay(said) {
  const held = head.contains(document.activeElement) ? document.activeElement.value : null;
  head.replaceChildren(...drawn(said.head).childNodes);
  if (held) head.querySelector("button")?.focus();
  const figure = head.querySelector(".figure").textContent.trim();
  if (told.textContent !== figure) told.textContent = figure;
  for (const [id, html] of Object.entries(said.cards)) {
    const card = drawn(html).firstElementChild;
    const old = document.getElementById(id);
    const focused = old?.contains(document.activeElement);
    if (old) old.replaceWith(card);
    else list.append(card);
    if (focused) card.querySelector("a").focus();
  }
}

function listen() {
  const address = `${head.dataset.events}?known=${encodeURIComponent(head.dataset.seen)}`;
  const source = new EventSource(address);
  source.addEventListener("board", (event) => {
    lay(JSON.parse(event.data));
    head.dataset.seen = event.lastEventId;
  });
  source.addEventListener("end", () => source.close());
  source.addEventListener("error", () => {
    if (source.readyState === EventSource.CLOSED) setTimeout(listen, RETRY);
  });
  addEventListener("pagehide", () => source.close(), { once: true });
}

if (head.dataset.events) listen();

const links = () => [...list.querySelectorAll("[data-card] > a")];
const across = (all) => all.filter((each) => each.offsetTop === all[0].offsetTop).length;

function move(key, from) {
  const all = links();
  const columns = across(all);
  const back = document.documentElement.dir === "rtl" ? 1 : -1;
  const by = { ArrowLeft: back, ArrowRight: -back, ArrowUp: -columns, ArrowDown: columns }[key];
  all[all.indexOf(from) + by]?.focus();
}

list.addEventListener("keydown", (event) => {
  if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
  const card = event.target.closest("[data-card]");
  if (event.key.startsWith("Arrow")) {
    event.preventDefault();
    move(event.key, card.querySelector("a"));
  } else card.querySelector(`[data-key="${CSS.escape(event.key.toLowerCase())}"]`)?.click();
});
// A browser that goes to a part of a page takes the focus away from all others, once it is loaded.
addEventListener("load", () => setTimeout(() => {
  if (location.hash) document.getElementById(location.hash.slice(1))?.querySelector("a")?.focus();
}));
