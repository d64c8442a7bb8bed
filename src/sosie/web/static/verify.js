// A picture that is dropped or chosen is checked at once: sent with its progress shown, and the
// answer laid into the page. What is shown of the picture is drawn here, from the file itself.
"use strict";

const LONGEST = 1200;
const main = document.getElementById("main");
let held = null;

async function draw(figure, file) {
  const boxes = figure.dataset.boxes.split(";").filter(Boolean);
  let image;
  try {
    image = await createImageBitmap(file);
  } catch {
    return; // a format that this browser does not show
  }
  const scale = Math.min(1, LONGEST / Math.max(image.width, image.height));
  const canvas = figure.querySelector("canvas");
  canvas.width = Math.round(image.width * scale);
  canvas.height = Math.round(image.height * scale);
  const paint = canvas.getContext("2d");
  paint.drawImage(image, 0, 0, canvas.width, canvas.height);
  for (const box of boxes) {
    const [x, y, wide, high] = box.split(" ").map((part) => Number(part) / 100);
    for (const [color, width] of [["#141311", 7], ["#ffc400", 3]]) {
      paint.strokeStyle = color;
      paint.lineWidth = width;
      paint.strokeRect(x * canvas.width, y * canvas.height, wide * canvas.width, high * canvas.height);
    }
  }
  figure.hidden = false;
}

function show(text, file) {
  const page = new DOMParser().parseFromString(text, "text/html");
  document.title = page.title;
  main.replaceChildren(...page.getElementById("main").childNodes);
  begin();
  const figure = main.querySelector("figure.seen");
  if (figure) draw(figure, file);
  const first = main.querySelector("[role=alert]") || main.querySelector("h1");
  first.tabIndex = -1;
  first.focus({ preventScroll: true });
  scrollTo({ top: 0 });
}

function send(form, file) {
  held = file;
  const bar = form.querySelector("progress");
  const said = form.querySelector("[role=status]");
  const button = form.querySelector("[type=submit]");
  form.querySelector(".waiting").hidden = false;
  if (file.size > Number(form.dataset.most)) {
    bar.hidden = true;
    said.textContent = form.dataset.large;
    return;
  }
  const body = new FormData(form);
  body.delete("photograph");
  body.set("picture", file);
  const request = new XMLHttpRequest();
  request.open("POST", form.action);
  request.upload.onprogress = (event) => {
    if (event.lengthComputable) bar.value = event.loaded / event.total;
  };
  request.upload.onload = () => {
    bar.removeAttribute("value");
    said.textContent = form.dataset.looking;
  };
  request.onload = () => show(request.responseText, file);
  request.onerror = () => {
    bar.hidden = true;
    said.textContent = form.dataset.lost;
    form.removeAttribute("aria-busy");
    button.disabled = false;
  };
  bar.hidden = false;
  bar.value = 0;
  said.textContent = form.dataset.sending;
  form.setAttribute("aria-busy", "true");
  button.disabled = true;
  request.send(body);
}

function begin() {
  const form = main.querySelector("form.check");
  if (!form) return; // another page: too many tries, or the form was too old
  const drop = form.querySelector(".drop");
  drop.classList.add("live");
  for (const input of form.querySelectorAll("[type=file]")) {
    input.addEventListener("change", () => input.files.length && send(form, input.files[0]));
  }
  form.addEventListener("submit", (event) => {
    const chosen = [...form.querySelectorAll("[type=file]")].find((input) => input.files.length);
    const file = chosen ? chosen.files[0] : held;
    if (!file) return; // the page says that none was chosen
    event.preventDefault();
    send(form, file);
  });
  for (const kind of ["dragenter", "dragover", "dragleave", "drop"]) {
    drop.addEventListener(kind, (event) => {
      event.preventDefault();
      drop.classList.toggle("over", kind === "dragenter" || kind === "dragover");
      if (kind === "drop" && event.dataTransfer.files.length) send(form, event.dataTransfer.files[0]);
    });
  }
  for (const button of main.querySelectorAll("[data-copy]")) {
    button.hidden = !navigator.clipboard;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).value);
      button.textContent = button.dataset.done;
    });
  }
}

begin();
