// Photographs of a capture, one after the other: each is sent, its verdict laid into the page and
// its faults framed on it. What is shown of it is drawn here, from the file itself.
"use strict";

const LONGEST = 900;
const form = document.querySelector("form.capture");
const input = form.elements.photograph;
const said = form.querySelector("[role=status]");
const drop = form.querySelector(".drop");
const waiting = [];
let busy = false;

function line(paint, points, width, color) {
  paint.beginPath();
  for (const [x, y] of points) paint.lineTo(x, y);
  paint.closePath();
  paint.strokeStyle = color;
  paint.lineWidth = width;
  paint.stroke();
}

async function draw(article, file) {
  let image;
  try {
    image = await createImageBitmap(file);
  } catch {
    return; // a format that this browser does not show
  }
  const canvas = article.querySelector("canvas");
  const scale = Math.min(1, LONGEST / Math.max(image.width, image.height));
  canvas.width = Math.round(image.width * scale);
  canvas.height = Math.round(image.height * scale);
  const paint = canvas.getContext("2d");
  paint.drawImage(image, 0, 0, canvas.width, canvas.height);
  article.querySelectorAll("[data-where]").forEach((fault, number) => {
    for (const polygon of fault.dataset.where.split(";").filter(Boolean)) {
      const points = polygon.split(" ").map((point) => {
        const [x, y] = point.split(",").map((part) => Number(part) / 100);
        return [x * canvas.width, y * canvas.height];
      });
      line(paint, points, 7, "#141311");
      line(paint, points, 3, "#ffc400");
      paint.font = "600 24px sans-serif";
      paint.lineWidth = 6;
      paint.strokeStyle = "#141311";
      paint.strokeText(number + 1, points[0][0] + 8, points[0][1] + 26);
      paint.fillStyle = "#ffc400";
      paint.fillText(number + 1, points[0][0] + 8, points[0][1] + 26);
    }
  });
  article.querySelector("figure").hidden = false;
}

async function answered(file) {
  const body = new FormData(form);
  body.set("photograph", file);
  for (let tries = 0; ; tries += 1) {
    const answer = await fetch(form.action, { method: "POST", body });
    const later = { 429: 15000, 503: 2000 }[answer.status];
    if (!later || tries === 5) return answer.text();
    await new Promise((resolve) => setTimeout(resolve, later));
  }
}

async function judge(file) {
  if (file.size > Number(form.dataset.most)) return `${file.name}: ${form.dataset.large}`;
  let page;
  try {
    page = new DOMParser().parseFromString(await answered(file), "text/html");
  } catch {
    return `${file.name}: ${form.dataset.lost}`;
  }
  const article = page.querySelector("#verdicts article");
  if (!article) return `${file.name}: ${(page.querySelector("[role=alert]") || page.querySelector("h1")).textContent}`;
  form.elements.so_far.value = page.querySelector("[name=so_far]").value;
  document.getElementById("covered").replaceWith(page.getElementById("covered"));
  document.getElementById("verdicts").prepend(article);
  await draw(article, file);
  return "";
}

async function work() {
  if (busy) return;
  busy = true;
  const problems = [];
  while (waiting.length) {
    const file = waiting.shift();
    said.textContent = `${form.dataset.looking} ${file.name} (+${waiting.length})`;
    const problem = await judge(file);
    if (problem) problems.push(problem);
    form.elements.slot.value = "";
  }
  busy = false;
  said.textContent = problems.join(" · ") || form.dataset.done;
}

function take(files) {
  waiting.push(...files);
  input.value = "";
  work();
}

input.multiple = true;
drop.classList.add("live");
form.querySelector(".acts").hidden = true;
input.addEventListener("change", () => take(input.files));
form.addEventListener("submit", (event) => event.preventDefault());
for (const kind of ["dragenter", "dragover", "dragleave", "drop"]) {
  drop.addEventListener(kind, (event) => {
    event.preventDefault();
    drop.classList.toggle("over", kind === "dragenter" || kind === "dragover");
    if (kind === "drop") take(event.dataTransfer.files);
  });
}
