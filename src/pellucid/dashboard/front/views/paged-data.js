/** The rows as a table where they are many: sorted, filtered and found where they are, a page at a time. */

import { cellStyle, choice, el } from "../dom.js";
import { descending } from "../pure/order.js";
import { visible } from "../pure/text.js";
import { columnOf, ownKinds, rowOutput, textOfCell } from "./axes.js";
import { headOf, OPERATORS } from "./data-rules.js";
import { chosenCohort, cohortName, fieldColumn, shownRules } from "./members.js";
import { rowsFile } from "./paged-file.js";
import { figures, outputName, panel, said } from "./parts.js";

/** @typedef {import("./axes.js").Axis} Axis */
/** @typedef {{row: number, label: string, prediction: number, cells: (number|string|null)[]}} Line */

const LINES = 100;
const MOST_COLUMNS = 30;

/**
 * @param {import("../types.js").Context} context
 * @returns {import("../types.js").View}
 */
export function pagedData(context) {
  const { host, manifest, words, store } = context;
  const { root, show } = panel("data", words);
  const file = rowsFile(context, root);
  let rules = { find: "", field: "", operator: ">=", bound: "", first: 0, ascending: true, sort: /** @type {string|null} */ (null) };
  const render = () => show(async (current) => {
    const output = rowOutput(context);
    const { meanAbs } = await host.aggregates(output);
    const shown = descending(meanAbs).filter((j) => manifest.features[j].kind !== "none").slice(0, MOST_COLUMNS);
    const own = await Promise.all(ownKinds(context, "x").slice(1).map((kind) => columnOf(context, kind, 0, output, "counted")));
    /** @type {Axis[]} */
    const axes = [...own, ...shown.map((feature) => ({ kind: /** @type {const} */ ("value"), feature, field: `value/${feature}`, label: "", levels: null, numbers: null }))];
    const { first, sort, ascending, find, field, operator, bound } = rules;
    const filter = field ? await fieldColumn(context, field, "counted") : null;
    const wanted = [...shownRules(context)];
    if (filter && bound !== "") {
      const number = filter.date ? Date.parse(bound) * 1000 : Number(bound.replace(",", "."));
      // What is no number fits no row.
      wanted.push(filter.levels || Number.isNaN(number) ? { field, levels: filter.levels ? [bound] : [] }
        : { field, low: operator === "<=" ? null : number, high: operator === ">=" ? null : number });
    }
    const asked = { output, sort, ascending, find, rules: wanted };
    const found = await host.call("page", { ...asked, first, count: LINES, fields: axes.map((a) => a.field) });
    const cohort = chosenCohort(context);
    const whose = cohort ? words.inCohort(await cohortName(context, cohort), words.rowCount(found.n, figures(words, manifest).count(found.n))) : null;
    if (!current()) return null;
    file.of({ ...asked, n: found.n });
    return draw(axes, found, filter, whose);
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

  /** @param {Axis[]} axes @param {{n: number, lines: Line[]}} found @param {Axis|null} filter @param {string|null} whose */
  function draw(axes, { n, lines }, filter, whose) {
    const { count, number } = figures(words, manifest);
    const head = (/** @type {string} */ name, /** @type {string|null} */ sort, numeric = true) => {
      const sorted = rules.sort === sort ? (rules.ascending ? "ascending" : "descending") : null;
      return el("th", { scope: "col", class: numeric ? "numeric" : "", "aria-sort": sorted }, el("button", {
        type: "button", title: words.sortBy(name), "data-focus": `sort ${sort}`,
        onclick: () => change({ sort, ascending: sorted ? !rules.ascending : !numeric }),
      }, el("bdi", {}, name), sorted ? (rules.ascending ? " ↑" : " ↓") : null));
    };
    const isNumber = (/** @type {Axis} */ { kind, feature, levels }) => (kind === "value" ? manifest.features[feature].kind === "number" : !levels);
    const cell = (/** @type {Axis} */ a, /** @type {string} */ said) => el("td", { class: cellStyle(isNumber(a), said) }, el("bdi", {}, said));
    const table = el("table", { class: "grid-table" },
      el("thead", {}, el("tr", {}, head(words.row, null, false), head(outputName(context, rowOutput(context), 20), `prediction/${rowOutput(context)}`),
        ...axes.map((a) => head(headOf(context, a, 28), a.field, isNumber(a))))),
      el("tbody", {}, ...lines.map((line) => el("tr", { "data-row": line.row, class: line.row === store.selection.row ? "chosen" : "", onclick: () => store.set({ row: line.row }) },
        el("th", { scope: "row", class: "long" }, el("button", { type: "button", onclick: () => store.set({ row: line.row }) }, el("bdi", {}, visible(line.label)))),
        el("td", { class: "numeric" }, number(line.prediction, 4)),
        ...axes.map((a, i) => cell(a, textOfCell(a, line.cells[i], number, words.missing)))))));
    const last = Math.min(n, rules.first + LINES);
    const turn = (/** @type {number} */ by, /** @type {string} */ text, /** @type {string} */ name, /** @type {boolean} */ off) =>
      el("button", { type: "button", class: "action", "aria-label": name, title: name, "data-focus": name, disabled: off, onclick: () => change({ first: rules.first + by }) }, text);
    return [
      el("h2", {}, words.rowCount(n, count(n))),
      said(words.pagedSaid),
      said(whose),
      controls(axes, filter),
      n ? el("div", { class: "scroller paged", tabindex: 0, role: "region", "aria-label": words.rowCount(n, count(n)) }, table) : el("p", { class: "empty" }, words.noneFound),
      n > LINES ? el("div", { class: "controls" }, turn(-LINES, "←", words.pageBefore, rules.first === 0),
        el("span", {}, words.linesShown(count(rules.first + 1), count(last), count(n))), turn(LINES, "→", words.pageAfter, last >= n)) : null,
    ];
  }

  /** @param {Axis[]} axes @param {Axis|null} filter */
  function controls(axes, filter) {
    const typed = (/** @type {"find"|"bound"} */ which, /** @type {string} */ label) => el("label", { class: "choice" }, el("span", {}, label),
      el("input", { type: "search", value: rules[which], autocomplete: "off", "data-focus": which, onchange: (/** @type {Event} */ event) =>
        change({ [which]: /** @type {HTMLInputElement} */ (event.target).value }) }));
    const options = [{ value: "", text: words.noFilter }, ...axes.map((a) => ({ value: a.field, text: headOf(context, a) }))];
    const operators = OPERATORS.map((value) => ({ value, text: value.replace(">=", "≥").replace("<=", "≤") }));
    const levels = filter?.levels?.map((text, i) => ({ value: (filter.keys ?? filter.levels ?? [])[i], text: visible(text) }));
    return el("div", { class: "controls" }, typed("find", words.find),
      choice(words.filter, options, rules.field, (field) => change({ field, bound: "", operator: ">=" })),
      !filter ? null : levels
        ? choice(words.bound, [{ value: "", text: "" }, ...levels], rules.bound, (value) => change({ bound: value }))
        : choice("", operators, rules.operator, (value) => change({ operator: value })),
      !filter || levels ? null : typed("bound", words.bound), file.node);
  }
}
