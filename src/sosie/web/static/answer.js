// Arrow keys and swipes press the button that says which key it stands for (`data-key`). They only
// lead to the page where she signs, so a slip of the finger says nothing.
"use strict";

const press = (key) => document.querySelector(`[data-key=${key}]`)?.click();
const typing = () => /^(TEXTAREA|INPUT)$/.test(document.activeElement.tagName);

document.addEventListener("keydown", (event) => {
  const plain = !(event.altKey || event.ctrlKey || event.metaKey || event.shiftKey);
  if (plain && !typing() && event.key.startsWith("Arrow")) press(event.key);
});

const picture = document.querySelector("[data-swipe]");
let began = null;
picture.addEventListener("touchstart", (event) => {
  const [finger] = event.touches;
  began = event.touches.length === 1 ? { x: finger.clientX, y: finger.clientY } : null;
}, { passive: true });
picture.addEventListener("touchend", (event) => {
  if (!began) return;
  const [finger] = event.changedTouches;
  const [x, y] = [finger.clientX - began.x, finger.clientY - began.y];
  if (Math.abs(x) > 80 && Math.abs(x) > 2 * Math.abs(y)) press(x > 0 ? "ArrowRight" : "ArrowLeft");
});
