// A box around a mark on a photograph: pressed or drawn there, its corners dragged or moved by the
// arrow keys; the four numbers beside it follow, and lead where they are typed.
"use strict";

const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const form = document.querySelector("form.mark");
const { plate, left, right, top: upper, bottom } = form.elements;
const sides = { left, right, top: upper, bottom };
const stage = form.querySelector(".marking");
const svg = stage.querySelector("svg");
const corners = svg.querySelectorAll("circle");
let wide = 0;
let high = 0;

const within = (value, most) => Math.min(Math.max(Math.round(value), 0), most - 1);

function shown() {
  const there = Object.values(sides).every((side) => side.value !== "");
  svg.classList.toggle("empty", !there);
  if (!there) return;
  const [x1, x2, y1, y2] = ["left", "right", "top", "bottom"].map((side) => sides[side].value);
  svg.querySelector("polygon").setAttribute("points", `${x1},${y1} ${x2},${y1} ${x2},${y2} ${x1},${y2}`);
  for (const corner of corners) {
    corner.setAttribute("cx", sides[corner.dataset.x].value);
    corner.setAttribute("cy", sides[corner.dataset.y].value);
  }
}

function put(corner, x, y) {
  sides[corner.dataset.x].value = within(x, wide);
  sides[corner.dataset.y].value = within(y, high);
  shown();
}

function box(one, other) {
  put(corners[0], Math.min(one.x, other.x), Math.min(one.y, other.y));
  put(corners[1], Math.max(one.x, other.x), Math.max(one.y, other.y));
}

function spot(event) {
  return new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
}

function chosen() {
  const { image, wide: across, high: down } = plate.selectedOptions[0].dataset;
  stage.hidden = !image;
  if (!image) return;
  [wide, high] = [Number(across), Number(down)];
  svg.setAttribute("viewBox", `0 0 ${wide} ${high}`);
  const picture = svg.querySelector("image");
  for (const [name, value] of Object.entries({ href: image, width: wide, height: high })) picture.setAttribute(name, value);
  for (const corner of corners) corner.setAttribute("r", Math.max(6, Math.round(Math.min(wide, high) / 70)));
  shown();
}

let from = null;
let drawn = false;
const near = () => Math.min(wide, high) / 40;

svg.addEventListener("pointerdown", (event) => {
  drawn = false;
  if (event.target.matches("circle")) {
    event.target.setPointerCapture(event.pointerId);
    event.target.focus();
    return;
  }
  // A finger on the photograph scrolls the page; that it was a press is known by the click.
  if (event.pointerType !== "mouse") return;
  event.preventDefault();
  from = spot(event);
  svg.setPointerCapture(event.pointerId);
});
svg.addEventListener("pointermove", (event) => {
  const held = event.target.matches("circle") && event.target.hasPointerCapture(event.pointerId);
  if (held) put(event.target, spot(event).x, spot(event).y);
  if (!from) return;
  const at = spot(event);
  drawn ||= Math.hypot(at.x - from.x, at.y - from.y) > near() / 4;
  if (drawn) box(from, at);
});
for (const kind of ["pointerup", "pointercancel"]) svg.addEventListener(kind, () => { from = null; });
svg.addEventListener("click", (event) => {
  if (drawn || event.target.matches("circle")) return;
  const [at, far] = [spot(event), near()];
  box({ x: at.x - far, y: at.y - far }, { x: at.x + far, y: at.y + far });
});
for (const corner of corners) {
  corner.addEventListener("keydown", (event) => {
    const step = STEPS[event.key];
    if (!step) return;
    event.preventDefault();
    const far = event.shiftKey ? 10 : 1;
    const at = [corner.dataset.x, corner.dataset.y].map((side) => Number(sides[side].value));
    put(corner, at[0] + far * step[0], at[1] + far * step[1]);
  });
}
for (const side of Object.values(sides)) side.addEventListener("input", shown);
plate.addEventListener("change", () => {
  for (const side of Object.values(sides)) side.value = "";  // they were of another photograph
  chosen();
});
chosen();
