// Reads pictures with `@trustnxt/c2pa-ts`: node c2pa_ts.mjs MODULES FILE... prints one JSON list.
// MODULES is the folder `node_modules` that holds the package. It checks integrity, not trust.
import { webcrypto } from "node:crypto";
import { readFile } from "node:fs/promises";
import { pathToFileURL } from "node:url";

globalThis.crypto ??= webcrypto; // Node 18 does not offer it by itself

const [modules, ...paths] = process.argv.slice(2);
const part = (name) =>
  import(pathToFileURL(`${modules}/@trustnxt/c2pa-ts/dist/${name}/index.js`).href);
const [{ JPEG, PNG }, { SuperBox }, { ManifestStore }] = await Promise.all(
  ["asset", "jumbf", "manifest"].map(part),
);

const said = [];
for (const path of paths) {
  const data = new Uint8Array(await readFile(path));
  const asset = JPEG.canRead(data) ? new JPEG(data) : new PNG(data);
  const store = ManifestStore.read(SuperBox.fromBuffer(asset.getManifestJUMBF()));
  const result = await store.validate(asset);
  const wrong = result.statusEntries.filter((entry) => !entry.success);
  said.push({ valid: result.isValid, wrong: wrong.map((entry) => entry.code) });
}
console.log(JSON.stringify(said));
