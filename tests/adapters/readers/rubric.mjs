// Judges crJSON by a C2PA asset rubric: node rubric.mjs MODULES RUBRIC FILE... prints one JSON list
// of {id, passed, found}. MODULES is the folder `node_modules` with `@adobe/json-formula` and
// `yaml`; RUBRIC is the YAML of the C2PA conformance program.
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const [modules, rubric, ...paths] = process.argv.slice(2);
const require = createRequire(pathToFileURL(`${modules}/x.js`));
const yaml = require("yaml");
const { default: JsonFormula } = await import(
  pathToFileURL(require.resolve("@adobe/json-formula")).href
);

const [head, ...sections] = yaml
  .parseAllDocuments(await readFile(rubric, "utf8"))
  .map((document) => document.toJSON());
const globals = { $expected_spec_version: "2.4", ...head.variables };
// The rubric's own functions work on the whole report and see their arguments as `$args`.
let report;
const anything = { types: [1], optional: true, variadic: true };
const functions = {};
const value = (code, more) =>
  new JsonFormula(functions).search(code.trim(), report, { ...globals, ...more });
for (const [name, code] of Object.entries(head.expressions ?? {})) {
  functions[name] = { _func: (args) => value(code, { $args: args }), _signature: [anything] };
}
const empty = (found) =>
  found === null || found === false || (Array.isArray(found) && found.length === 0);

const said = [];
for (const path of paths) {
  report = JSON.parse(await readFile(path, "utf8"));
  for (const statement of sections.flat()) {
    if (!statement.expression) continue;
    const found = value(statement.expression, {});
    const matched = statement.failIfMatched || statement.warnIfMatched;
    said.push({ id: statement.id, passed: matched ? empty(found) : found === true, found });
  }
}
console.log(JSON.stringify(said));
