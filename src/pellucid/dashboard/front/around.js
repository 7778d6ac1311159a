/** What stands around the views: heading, footer, and what is said aloud. */

import { choice, el } from "./dom.js";
import { selectionText } from "./pure/selection.js";
import { visible } from "./pure/text.js";
import { rowOutput } from "./views/axes.js";
import { cohortChip } from "./views/cohorts.js";
import { className, outputName } from "./views/parts.js";

/** @typedef {import("./types.js").Context} Context */
/** @typedef {import("./types.js").Selection} Selection */

/** @param {Context} context */
export function titleOf(context) {
  const { manifest, words } = context;
  const about = manifest.metric === null ? words.noun(manifest.output_space, null) : outputName(context, -1);
  return visible(manifest.title ?? words.defaultTitle(about));
}

/** @param {Context} context @param {boolean} hasColumns */
export function heading(context, hasColumns) {
  const { manifest, words, store } = context;
  const outputs = Array.from({ length: manifest.n_outputs }, (_, k) => ({ value: String(k), text: className(context, k) }));
  if (manifest.n_outputs > 1) outputs.push({ value: "-1", text: words.allOutputs });
  return [
    el("h1", {}, el("bdi", {}, titleOf(context))),
    cohortChip(context),
    ...(hasColumns ? [choice(words.columns, ["raw", "engineered"].map((value) => ({ value, text: words.columnKinds[value] })),
      store.selection.columns, (value) => store.set({ columns: /** @type {any} */ (value) }))] : []),
    ...(outputs.length > 1 ? [choice(words.output, outputs, String(store.selection.output), (value) => store.set({ output: Number(value) }))] : []),
  ];
}

/** Say which row was chosen, for those who do not see it. @param {Context} context */
export async function tell(context) {
  const { host, store, words, announce } = context;
  const { row } = store.selection;
  if (row === null) return announce(words.noRow);
  // A host that does not answer is told of where the row would be shown.
  const found = await host.call("row", { row, output: rowOutput(context) }).catch(() => null);
  if (found && row === store.selection.row) announce(words.selected(visible(found.label), String(Number(found.prediction.toPrecision(4)))));
}

/** @param {Context} context @param {Selection} plain  what is shown unless somebody chose otherwise */
export function footer({ words, manifest, store }, plain) {
  const code = el("code", {});
  const write = () => { if (inPython.open) code.textContent = `selection="${selectionText(store.selection, plain)}"`; };
  const inPython = el("details", { ontoggle: write }, el("summary", {}, words.asPython), el("p", {}, words.asPythonSaid), code);
  store.subscribe(write);
  return el("footer", {}, el("details", {}, el("summary", {}, words.keys),
    el("dl", { class: "keys" }, ...words.keysSaid.flatMap(([keys, does]) => [el("dt", {}, keys), el("dd", {}, does)]))),
  inPython,
  el("p", {}, manifest.generator));
}
