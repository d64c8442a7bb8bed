// Points of a photograph: dragged, or moved by the arrow keys; the numbers beside them follow, and
// lead where they are typed.
"use strict";

const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const form = document.querySelector("form.marking");
const svg = form.querySelector("svg");
const [, , wide, high] = svg.getAttribute("viewBox").split(" ").map(Number);

function put(circle, x, y) {
  const spot = { x: Math.min(Math.max(Math.round(x), 0), wide - 1), y: Math.min(Math.max(Math.round(y), 0), high - 1) };
  for (const axis of ["x", "y"]) {
    circle.setAttribute(`c${axis}`, spot[axis]);
    form.elements[`${circle.dataset.point}.${axis}`].value = spot[axis];
  }
}

for (const circle of svg.querySelectorAll("[data-point]")) {
  circle.addEventListener("pointerdown", (event) => {
    circle.setPointerCapture(event.pointerId);
    circle.focus();
  });
  circle.addEventListener("pointermove", (event) => {
    if (!circle.hasPointerCapture(event.pointerId)) return;
    const { x, y } = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
    put(circle, x, y);
  });
  circle.addEventListener("keydown", (event) => {
    const step = STEPS[event.key];
    if (!step) return;
    event.preventDefault();
    const far = event.shiftKey ? 10 : 1;
    const at = ["cx", "cy"].map((name) => Number(circle.getAttribute(name)));
    put(circle, at[0] + far * step[0], at[1] + far * step[1]);
  });
  for (const axis of ["x", "y"]) {
    const field = form.elements[`${circle.dataset.point}.${axis}`];
    field.addEventListener("input", () => field.value && circle.setAttribute(`c${axis}`, field.value));
  }
}
