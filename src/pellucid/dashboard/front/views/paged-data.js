/** The rows as a table where they are many: sorted, filtered and found where they are, a page at a time. */

import { cellStyle, choice, el } from "../dom.js";
import { descending } from "../pure/order.js";
import { visible } from "../pure/text.js";
import { rowOutput, textOfCell } from "./axes.js";
import { OPERATORS } from "./data-rules.js";
import { chosenCohort, cohortName, shownRules } from "./members.js";
import { figures, nameOf, outputName, panel, said } from "./parts.js";

const LINES = 100;
const MOST_COLUMNS = 30;

/**
 * @param {import("../types.js").Context} context
 * @returns {import("../types.js").View}
 */
export function pagedData(context) {
  const { host, manifest, words, store } = context;
  const { root, show } = panel("data", words);
  let rules = { find: "", column: -1, operator: ">=", bound: "", first: 0, ascending: true, sort: /** @type {string|null} */ (null) };
  const render = () => show(async (current) => {
    const output = rowOutput(context);
    const { meanAbs } = await host.aggregates(output);
    const shown = descending(meanAbs).filter((j) => manifest.features[j].kind !== "none").slice(0, MOST_COLUMNS);
    const wanted = [...shownRules(context)];
    if (rules.column >= 0 && rules.bound !== "") {
      const field = `value/${rules.column}`;
      const bound = Number(rules.bound.replace(",", "."));
      wanted.push(manifest.features[rules.column].kind === "category" ? { field, levels: [rules.bound] }
        : { field, low: rules.operator === "<=" ? null : bound, high: rules.operator === ">=" ? null : bound });
    }
    const levels = rules.column >= 0 && manifest.features[rules.column].kind === "category" ? await host.texts(`levels/${rules.column}`) : null;
    const { first, sort, ascending, find } = rules;
    const found = await host.call("page", { output, first, count: LINES, sort, ascending, find, rules: wanted });
    const cohort = chosenCohort(context);
    const whose = cohort ? words.inCohort(await cohortName(context, cohort), words.rowCount(found.n, figures(words, manifest).count(found.n))) : null;
    return current() ? draw(shown, found, levels, whose) : null;
  });
  /** @param {Partial<typeof rules>} change */
  const change = (change) => {
    rules = { ...rules, first: 0, ...change };
    return render();
  };
  const select = () => {
    for (const line of root.querySelectorAll("tr[data-row]")) {
      line.classList.toggle("chosen", Number(line.getAttribute("data-row")) === store.selection.row);
    }
  };
  return { root, reads: ["output", "cohort", "cohorts"], render, select };

  /** @param {number[]} shown @param {{n: number, lines: {row: number, label: string, prediction: number, cells: (number|string|null)[]}[]}} found @param {string[]|null} levels @param {string|null} whose */
  function draw(shown, { n, lines }, levels, whose) {
    const { count, number } = figures(words, manifest);
    const head = (/** @type {string} */ name, /** @type {string|null} */ sort, numeric = true) => {
      const sorted = rules.sort === sort ? (rules.ascending ? "ascending" : "descending") : null;
      return el("th", { scope: "col", class: numeric ? "numeric" : "", "aria-sort": sorted }, el("button", {
        type: "button", title: words.sortBy(name), "data-focus": `sort ${sort}`,
        onclick: () => change({ sort, ascending: sorted ? !rules.ascending : !numeric }),
      }, el("bdi", {}, name), sorted ? (rules.ascending ? " ↑" : " ↓") : null));
    };
    const isNumber = (/** @type {number} */ j) => manifest.features[j].kind === "number";
    const cell = (/** @type {boolean} */ numeric, /** @type {string} */ text) => el("td", { class: cellStyle(numeric, text) }, el("bdi", {}, text));
    const table = el("table", { class: "grid-table" },
      el("thead", {}, el("tr", {}, head(words.row, null, false), head(outputName(context, rowOutput(context), 20), `prediction/${rowOutput(context)}`),
        ...shown.map((j) => head(nameOf(context, j, 28), `value/${j}`, isNumber(j))))),
      el("tbody", {}, ...lines.map((line) => el("tr", { "data-row": line.row, class: line.row === store.selection.row ? "chosen" : "", onclick: () => store.set({ row: line.row }) },
        el("th", { scope: "row", class: "long" }, el("button", { type: "button", onclick: () => store.set({ row: line.row }) }, el("bdi", {}, visible(line.label)))),
        el("td", { class: "numeric" }, number(line.prediction, 4)),
        ...shown.map((j) => cell(isNumber(j), textOfCell(line.cells[j], number, words.missing)))))));
    const last = Math.min(n, rules.first + LINES);
    const turn = (/** @type {number} */ by, /** @type {string} */ text, /** @type {string} */ name, /** @type {boolean} */ off) =>
      el("button", { type: "button", class: "action", "aria-label": name, title: name, "data-focus": name, disabled: off, onclick: () => change({ first: rules.first + by }) }, text);
    return [
      el("h2", {}, words.rowCount(n, count(n))),
      said(words.pagedSaid),
      said(whose),
      controls(shown, levels),
      n ? el("div", { class: "scroller paged", tabindex: 0, role: "region", "aria-label": words.rowCount(n, count(n)) }, table) : el("p", { class: "empty" }, words.noneFound),
      n > LINES ? el("div", { class: "controls" }, turn(-LINES, "←", words.pageBefore, rules.first === 0),
        el("span", {}, words.linesShown(count(rules.first + 1), count(last), count(n))), turn(LINES, "→", words.pageAfter, last >= n)) : null,
    ];
  }

  /** @param {number[]} shown @param {string[]|null} levels */
  function controls(shown, levels) {
    const typed = (/** @type {"find"|"bound"} */ which, /** @type {string} */ label) => el("label", { class: "choice" }, el("span", {}, label),
      el("input", { type: "search", value: rules[which], autocomplete: "off", "data-focus": which, onchange: (/** @type {Event} */ event) =>
        change({ [which]: /** @type {HTMLInputElement} */ (event.target).value }) }));
    const options = [{ value: "-1", text: words.noFilter }, ...shown.map((j) => ({ value: String(j), text: nameOf(context, j) }))];
    const operators = OPERATORS.map((value) => ({ value, text: value.replace(">=", "≥").replace("<=", "≤") }));
    return el("div", { class: "controls" }, typed("find", words.find),
      choice(words.filter, options, String(rules.column), (value) => change({ column: Number(value), bound: "", operator: ">=" })),
      rules.column < 0 ? null : levels
        ? choice(words.bound, ["", ...levels].map((value) => ({ value, text: visible(value) })), rules.bound, (value) => change({ bound: value }))
        : choice("", operators, rules.operator, (value) => change({ operator: value })),
      rules.column < 0 || levels ? null : typed("bound", words.bound));
  }
}
