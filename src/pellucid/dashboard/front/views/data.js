/** The rows as a table: sort, filter, find, choose, and save what is shown. */

import { choice, el } from "../dom.js";
import { virtualTable } from "../draw/table.js";
import { csvOf } from "../pure/csv.js";
import { descending } from "../pure/order.js";
import { visible } from "../pure/text.js";
import { axis, cellText, ownKinds, rowOutput } from "./axes.js";
import { headOf, matching, OPERATORS, order as ordered, ruleText } from "./data-rules.js";
import { chosenCohort, cohortName, shownRows } from "./members.js";
import { button, figures, outputName, panel, said } from "./parts.js";
import { fileHead, saveRows } from "./rows-file.js";

/** @typedef {import("../types.js").Context} Context */
/** @typedef {import("./axes.js").Axis} Axis */

const MOST_COLUMNS = 30;

/**
 * @param {Context} context
 * @returns {import("../types.js").View}
 */
export function data(context) {
  const { host, manifest, words, store } = context;
  const { root, show } = panel("data", words);
  /** @type {import("./data-rules.js").Rules} */
  let rules = { find: "", column: -1, operator: ">=", bound: "", sortBy: -2, ascending: true };
  let top = 0;
  const labelKinds = ownKinds(context, "x").slice(1);
  const render = () => show(async (current) => {
    const k = rowOutput(context);
    const overall = await host.aggregates(k);
    const known = descending(overall.meanAbs).filter((j) => manifest.features[j].kind !== "none");
    const shown = known.slice(0, MOST_COLUMNS);
    const axes = await Promise.all([...labelKinds, ...shown.map((j) => `value:${j}`)].map((choice) => axis(context, choice)));
    const prediction = await axis(context, "prediction");
    const labels = await host.texts("label");
    const cohort = chosenCohort(context);
    const whose = cohort ? await cohortName(context, cohort) : null;
    const rows = await shownRows(context);
    if (!current()) return null;
    return draw({ labels, prediction, axes, shown, known, rows, whose });
  });
  /** @param {Partial<typeof rules>} change */
  const change = (change) => {
    rules = { ...rules, ...change };
    top = 0;
    return render();
  };
  const select = () => {
    for (const line of root.querySelectorAll("tr[data-row]")) {
      line.classList.toggle("chosen", Number(line.getAttribute("data-row")) === store.selection.row);
    }
  };
  return { root, reads: ["output", "cohort", "cohorts"], render, select };

  /** @param {import("./data-rules.js").Content & {shown: number[], known: number[], rows: number[], whose: string|null}} content */
  function draw(content) {
    const { labels, prediction, axes, shown, known, rows, whose } = content;
    const { count, number } = figures(words, manifest);
    const found = ordered(content, matching(content, rules, rows), rules);
    const write = (/** @type {Axis} */ a) => (/** @type {number} */ row) => visible(cellText(a, row, number, words.missing));
    const sorted = (/** @type {number} */ place) => rules.sortBy !== place ? "none" : rules.ascending ? "ascending" : "descending";
    const column = (/** @type {string} */ name, /** @type {number} */ place, /** @type {boolean} */ numeric, /** @type {(row: number) => string} */ text) => ({
      name, numeric, text, hint: words.sortBy(name), sorted: /** @type {any} */ (sorted(place)),
      sort: () => change({ sortBy: place, ascending: rules.sortBy === place ? !rules.ascending : !numeric }),
    });
    const columns = [
      column(words.row, -2, false, (row) => visible(labels[row])),
      column(outputName(context, rowOutput(context), 20), -1, true, write(prediction)),
      ...axes.map((a, i) => column(headOf(context, a, 28), i, !a.levels, write(a))),
    ];
    const own = ruleText(content, rules, context);
    const rule = [whose, own].filter(Boolean).join("; ");
    const table = virtualTable(columns, found, {
      name: words.rowCount(found.length, count(found.length)), chosen: store.selection.row, height: 13 * 29, top,
      choose: (row) => store.set({ row }),
    });
    table.addEventListener("scroll", () => { top = table.scrollTop; }, { passive: true });
    return [
      el("h2", {}, words.rowCount(found.length, count(found.length))),
      said(words.dataSaid),
      controls(content, found),
      rule ? el("p", { class: "chip" }, words.filtered(count(found.length), count(labels.length), rule),
        own ? button(words.reset, () => change({ find: "", column: -1, bound: "" })) : null) : null,
      found.length ? table : el("p", { class: "empty" }, words.noneFound),
      shown.length < known.length ? said(words.columnsShown(count(shown.length), count(known.length))) : null,
    ];
  }

  /** @param {import("./data-rules.js").Content & {known: number[]}} content @param {number[]} found */
  function controls(content, found) {
    const { axes } = content;
    const typed = (/** @type {"find"|"bound"} */ which, /** @type {string} */ label) => {
      const input = el("input", {
        type: "search", value: rules[which], size: which === "find" ? 14 : 9, autocomplete: "off", "data-focus": which,
        oninput: () => {
          clearTimeout(waiting);
          waiting = setTimeout(() => keepingCaret(which, () => change({ [which]: input.value })), 180);
        },
      });
      return el("label", { class: "choice" }, el("span", {}, label), input);
    };
    const filter = axes[rules.column];
    const options = [{ value: "-1", text: words.noFilter },
      ...axes.map((a, i) => ({ value: String(i), text: headOf(context, a) }))];
    const operators = (filter?.levels ? ["is"] : OPERATORS).map((value) => ({ value, text: value === "is" ? words.isText : value.replace(">=", "≥").replace("<=", "≤") }));
    return el("div", { class: "controls" },
      typed("find", words.find),
      choice(words.filter, options, String(rules.column), (value) => {
        const next = axes[Number(value)];
        change({ column: Number(value), bound: "", operator: next?.levels ? "is" : ">=" });
      }),
      filter ? choice("", operators, rules.operator, (value) => change({ operator: /** @type {any} */ (value) })) : null,
      filter && filter.levels ? choice(words.bound, ["", ...filter.levels].map((value) => ({ value, text: visible(value) })), rules.bound, (value) => change({ bound: value })) : null,
      filter && !filter.levels ? typed("bound", words.bound) : null,
      button(words.csv, () => save(context, content, found)));
  }

  /** Draw anew, and leave the caret where it was typed. @param {string} which @param {() => Promise<void>} work */
  async function keepingCaret(which, work) {
    const before = /** @type {HTMLInputElement|null} */ (root.querySelector(`[data-focus="${which}"]`));
    const caret = before?.selectionStart ?? null;
    await work();
    const after = /** @type {HTMLInputElement|null} */ (root.querySelector(`[data-focus="${which}"]`));
    if (after && caret !== null) after.setSelectionRange(caret, caret);
  }
}

/** @type {ReturnType<typeof setTimeout>|undefined} */
let waiting;

/** @param {Context} context @param {import("./data-rules.js").Content & {known: number[]}} content @param {number[]} found */
async function save(context, { labels, prediction, known }, found) {
  const all = context.manifest.features.map((_, j) => j);
  const ofLabels = await Promise.all(ownKinds(context, "x").slice(1).map((kind) => axis(context, kind)));
  const values = [...ofLabels, ...await Promise.all([...known].sort((a, b) => a - b).map((j) => axis(context, `value:${j}`)))];
  const contributions = await Promise.all(all.map((j) => axis(context, `contribution:${j}`)));
  const raw = (/** @type {Axis} */ a, /** @type {number} */ row) => {
    const value = a.numbers?.[row] ?? NaN;
    return a.levels ? a.levels[value] ?? "" : a.date && !Number.isNaN(value) ? a.date(value) : value;
  };
  const axes = [prediction, ...values, ...contributions];
  saveRows([csvOf([fileHead(context, axes), ...found.map((row) => [labels[row], ...axes.map((a) => raw(a, row))])])]);
}
