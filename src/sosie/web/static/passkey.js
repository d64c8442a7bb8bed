// Makes a passkey or signs in with one: the one step that a page cannot do by itself.
// A form says which by `data-passkey` (`create`, `get`), with the options in `data-options` or at
// the address in `data-options-url`; the answer goes back in its field `credential`.
"use strict";

const makes = {
  create: async (options) =>
    navigator.credentials.create({
      publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options.publicKey),
    }),
  get: async (options) =>
    navigator.credentials.get({
      publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options.publicKey),
    }),
};

async function optionsOf(form) {
  if (form.dataset.options) return JSON.parse(form.dataset.options);
  const answer = await fetch(form.dataset.optionsUrl, {
    headers: { "X-Requested-With": "XMLHttpRequest" },
  });
  if (!answer.ok) throw new Error(String(answer.status));
  return (await answer.json()).request_options;
}

for (const form of document.querySelectorAll("form[data-passkey]")) {
  const said = form.querySelector("[role=status]");
  const able = window.PublicKeyCredential && PublicKeyCredential.parseCreationOptionsFromJSON;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    said.textContent = able ? "" : form.dataset.unable;
    if (!able) return;
    form.setAttribute("aria-busy", "true");
    try {
      const made = await makes[form.dataset.passkey](await optionsOf(form));
      form.elements.credential.value = JSON.stringify(made.toJSON());
      form.submit();
    } catch {
      said.textContent = form.dataset.failed;
      form.removeAttribute("aria-busy");
    }
  });
}
