/** The rows of a table that is paged as a file: they are asked for block by block. */

import { el } from "../dom.js";
import { csvOf } from "../pure/csv.js";
import { decodeNumbers, decodeTexts } from "../pure/decode.js";
import { visible } from "../pure/text.js";
import { columnOf, ownKinds } from "./axes.js";
import { button, figures } from "./parts.js";
import { fileHead, saveRows } from "./rows-file.js";

/** @typedef {import("./axes.js").Axis} Axis */
/** @typedef {import("../types.js").Context} Context */

/** More cells than these, which take half a gigabyte, are no file that a page should make. */
const MOST_CELLS = 3e7;
/** Cells that are asked for and written at once: the page stays quick meanwhile. */
const AT_ONCE = 1e5;
const MOST_FIELDS = 100;

/**
 * A button that saves rows which are elsewhere, block by block; meanwhile it says how far it is, and stops it.
 *
 * @param {Context} context
 * @param {HTMLElement} home  when it is taken away, so is the button
 */
export function rowsFile(context, home) {
  const { host, manifest, words, announce } = context;
  const { count } = figures(words, manifest);
  let wanted = { n: 0, output: 0 };
  /** Whoever saves looks whether it is still the one that should. @type {object|null} */
  let saving = null;
  const state = el("span");
  const press = button(words.csv, () => {
    if (saving) return stop("");
    const mine = saving = {};
    save(mine).catch((error) => { if (saving === mine) stop(visible(error.message)); });
  }, { "data-focus": "csv" });
  const node = el("span", { class: "choice" }, press, state);
  /** @param {string} why */
  const stop = (why) => {
    saving = null;
    press.textContent = words.csv;
    state.textContent = why;
    announce(why);
  };
  const most = () => {
    const { labels, features } = manifest;
    return Math.floor(MOST_CELLS / (2 + (labels ? 4 : 0) + 2 * features.length));
  };
  /** @param {object} mine */
  async function save(mine) {
    const { n: all, ...asked } = wanted;
    const n = Math.min(all, most());
    press.textContent = words.stop;
    const own = await Promise.all(ownKinds(context, "x").map((kind) => columnOf(context, kind, 0, asked.output, "counted")));
    const ofFeatures = (/** @type {"value"|"contribution"} */ kind, /** @type {string} */ place) =>
      manifest.features.map((_, feature) => ({ kind, feature, field: `${kind}/${place}${feature}`, label: "", levels: null, numbers: null }));
    const axes = [...own, ...ofFeatures("value", "").filter(({ feature }) => manifest.features[feature].kind !== "none"),
      ...ofFeatures("contribution", `${asked.output}/`)];
    const fields = ["label", ...axes.map(({ field }) => field)];
    const size = Math.ceil(AT_ONCE / fields.length);
    /** @type {BlobPart[]} */
    const parts = [csvOf([fileHead(context, axes)])];
    for (let first = 0; first < n; first += size) {
      /** @type {ArrayLike<string|number>[]} */
      const columns = [];
      for (let at = 0; at < fields.length; at += MOST_FIELDS) {
        const some = fields.slice(at, at + MOST_FIELDS);
        const found = await host.call("table", { ...asked, first, count: Math.min(size, n - first), fields: some });
        columns.push(...await Promise.all(some.map((_, i) => cellsIn(axes[at + i - 1], found.columns[i]))));
      }
      if (saving !== mine || !home.isConnected) return;
      // What is written leaves the page's memory for the browser's.
      parts.push(new Blob([csvOf(Array.from(columns[0], (_, i) => columns.map((column) => column[i])))]));
      state.textContent = words.of(count(Math.min(n, first + size)), words.rowCount(n, count(n)));
    }
    saveRows(parts);
    stop(state.textContent ?? "");
  }
  /** @param {Axis|undefined} axis  or the names of rows @param {Uint8Array<ArrayBuffer>} chunk */
  async function cellsIn(axis, chunk) {
    const { kind, feature, levels, keys } = axis ?? {};
    const isNumber = kind === "value" ? manifest.features[feature ?? 0].kind === "number" : axis && !levels;
    if (isNumber) return (await decodeNumbers(chunk)).numbers;
    const texts = await decodeTexts(chunk);
    return keys ? texts.map((text) => levels?.[keys.indexOf(text)] ?? "") : texts;
  }
  return {
    node,
    /** Which rows to save from now on. @param {{n: number, output: number}} rows  and what `table` is asked for them */
    of: (rows) => {
      wanted = rows;
      if (!saving) state.textContent = rows.n > most() ? words.csvMost(count(most())) : "";
    },
  };
}
