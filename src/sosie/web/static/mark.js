// A box around a mark on a photograph: pressed or drawn there, its corners dragged or moved by the
// arrow keys; the four numbers beside it follow, and lead where they are typed.
"use strict";

const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const form = document.querySelector("form.mark");
const { plate, left, right, top: upper, bottom } = form.elements;
const sides = [left, right, upper, bottom];
const svg = form.querySelector("svg");
const stage = svg.closest("[hidden]");
const corners = svg.querySelectorAll("circle");
const fields = new Map([[corners[0], [left, upper]], [corners[1], [right, bottom]]]);
let wide = 0;
let high = 0;

const within = (value, most) => Math.min(Math.max(Math.round(value), 0), most - 1);

function shown() {
  const there = sides.every((side) => side.value !== "");
  svg.classList.toggle("empty", !there);
  if (!there) return;
  const [x1, x2, y1, y2] = sides.map((side) => side.value);
  svg.querySelector("polygon").setAttribute("points", `${x1},${y1} ${x2},${y1} ${x2},${y2} ${x1},${y2}`);
  for (const [corner, [x, y]] of fields) {
    corner.setAttribute("cx", x.value);
    corner.setAttribute("cy", y.value);
  }
}

function put(corner, x, y) {
  const [across, down] = fields.get(corner);
  [across.value, down.value] = [within(x, wide), within(y, high)];
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
  for (const [name, value] of Object.entries({ href: `${image}?small`, width: wide, height: high })) picture.setAttribute(name, value);
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
    const at = fields.get(corner).map((side) => Number(side.value));
    put(corner, at[0] + far * step[0], at[1] + far * step[1]);
  });
}
for (const side of sides) side.addEventListener("input", shown);
plate.addEventListener("change", () => {
  for (const side of sides) side.value = "";  // they were of another photograph
  chosen();
});
chosen();
