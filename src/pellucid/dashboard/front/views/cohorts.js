/** Cohorts: made by rules, listed with what they are like, and one of them chosen for the whole page. */

import { choice, el, place } from "../dom.js";
import { lyingBar } from "../draw/bars.js";
import { frame } from "../draw/frame.js";
import { descending } from "../pure/order.js";
import { visible } from "../pure/text.js";
import { columnOf, ownKinds, rowOutput } from "./axes.js";
import { addCohort, aggregatesOf, chosenCohort, cohortCaption, cohortName, fieldColumn, rulesText, sizeShown, summaryOf } from "./members.js";
import { button, figures, nameOf, outputName, panel, said, tableOf } from "./parts.js";

/** @typedef {import("../types.js").Context} Context */
/** @typedef {import("../types.js").Cohort} Cohort */

/** Which rows the page shows, where all can see it. @param {Context} context */
export function cohortChip(context) {
  const { words, store } = context;
  const cohort = chosenCohort(context);
  const line = el("p", { class: "chip whose", hidden: !cohort });
  if (!cohort) return line;
  void Promise.all([cohortName(context, cohort), sizeShown(context)]).then(([name, n]) => line.append(
    el("span", {}, words.inCohort(name, cohortCaption(context, n))),
    button(words.allRows, () => store.set({ cohort: null }))));
  return line;
}

/**
 * @param {Context} context
 * @returns {import("../types.js").View}
 */
export function cohorts(context) {
  const { words, store, manifest } = context;
  const { root, show } = panel("cohorts", words);
  let field = "";
  const render = () => show(async (current) => {
    const { cohorts: all, feature } = store.selection;
    const rows = await Promise.all([null, ...all].map((one) => line(context, one)));
    const form = await ruleForm(context, field || `value/${feature}`, (next) => {
      field = next;
      void render();
    });
    const bars = await importances(context, root.clientWidth);
    if (!current()) return null;
    const measure = manifest.labels === "classes" ? words.accuracy : manifest.labels ? words.meanAbsError : null;
    const heads = [words.cohort, words.rowsHead, words.meanOf(outputName(context, rowOutput(context))), ...(measure ? [measure] : [])];
    return [
      el("h2", {}, chosenCohort(context) ? bars.title : words.cohortsTitle),
      said(words.cohortsSaid),
      el("div", { class: "halves" },
        el("div", { class: "cohort-list" }, tableOf(words, manifest, heads, rows), form),
        bars.node),
    ];
  });
  return { root, reads: ["output", "feature", "top", "cohort", "cohorts"], render };
}

/** A cohort in the list. @param {Context} context @param {Cohort|null} cohort */
async function line(context, cohort) {
  const { words, store, manifest } = context;
  const { count, percent } = figures(words, manifest);
  const { cohorts: all, cohort: chosen } = store.selection;
  const at = cohort ? all.indexOf(cohort) : -1;
  const { n, prediction, quality } = await summaryOf(context, cohort);
  const cells = /** @type {(Node|string|number)[]} */ ([count(n), prediction ?? NaN]);
  if (manifest.labels) cells.push(manifest.labels === "classes" ? percent(quality ?? NaN) : quality ?? NaN);
  const name = cohort ? await cohortName(context, cohort, 90) : words.allRows;
  const rules = cohort?.name ? await rulesText(context, cohort) : null;
  return [el("div", {}, button(name, () => store.set({ cohort: at < 0 ? null : at }), { class: "plain", "data-focus": `cohort${at}`, "aria-pressed": String((chosen ?? -1) === at) }),
    rules ? el("span", { class: "note" }, rules) : null, cohort ? actions(context, cohort, at) : null), ...cells];
}

/** Rename and remove. @param {Context} context @param {Cohort} cohort @param {number} at */
function actions({ words, store }, cohort, at) {
  const { cohorts: all, cohort: chosen } = store.selection;
  const name = el("input", {
    type: "text", value: cohort.name, maxlength: 100, placeholder: words.nameIt, "aria-label": words.nameIt, "data-focus": `name${at}`,
    onchange: () => store.set({ cohorts: all.map((one) => (one === cohort ? { ...one, name: visible(name.value.trim()) } : one)) }),
  });
  const left = chosen === null || chosen === at ? null : chosen > at ? chosen - 1 : chosen;
  const remove = () => store.set({ cohorts: all.filter((one) => one !== cohort), cohort: left });
  return el("span", { class: "go" }, name, button("×", remove, { "aria-label": words.removeCohort, title: words.removeCohort }));
}

/** Choose a column and which of its values; make a cohort of it. @param {Context} context @param {string} field @param {(field: string) => void} change */
async function ruleForm(context, field, change) {
  const { words, manifest } = context;
  const { number } = figures(words, manifest);
  const k = rowOutput(context);
  const own = await Promise.all(ownKinds(context, "x").map((kind) => columnOf(context, kind, 0, k, "counted")));
  const options = [
    ...own.map((axis, i) => ({ value: axis.field, text: words.kinds[ownKinds(context, "x")[i]], group: words.thisRow })),
    ...manifest.features.flatMap(({ kind }, j) => (kind === "none" ? [] : [{ value: `value/${j}`, text: nameOf(context, j), group: words.otherValues }])),
    ...manifest.features.map((_, j) => ({ value: `contribution/${k}/${j}`, text: words.contributionOf(nameOf(context, j)), group: words.otherContributions })),
  ];
  const usable = options.some(({ value }) => value === field) ? field : options[0].value;
  const [kind, place] = usable.split("/");
  const feature = kind === "value" ? manifest.features[Number(place)] : null;
  const { numbers, levels, keys, date } = await fieldColumn(context, usable, manifest.dots === "exact" ? "exact" : "counted");
  const known = Array.from(numbers ?? []).filter((v) => !Number.isNaN(v));
  const end = (/** @type {string} */ label, /** @type {number} */ hint) =>
    el("input", { type: "text", inputmode: date ? null : "decimal", "aria-label": label, placeholder: Number.isFinite(hint) ? (date ?? number)(hint) : null, "data-focus": label, autocomplete: "off" });
  const ends = [end(words.from, known.reduce((a, b) => Math.min(a, b), Infinity)), end(words.to, known.reduce((a, b) => Math.max(a, b), -Infinity))];
  const missing = !numbers ? (feature?.missing ?? 0) > 0 : known.length < numbers.length || (levels !== null && known.some((code) => code >= levels.length));
  const boxes = [...(levels ?? []).map((level, i) => ({ level: /** @type {string|null} */ ((keys ?? levels ?? [])[i]), text: level })),
    ...(missing ? [{ level: null, text: words.missing }] : [])].map(({ level, text }) => ({ level, text, box: el("input", { type: "checkbox" }) }));
  const problem = el("span", { class: "problem", role: "alert" });
  const read = (/** @type {string} */ said) => (date ? 1000 * Date.parse(`${said.replace(" ", "T")}${said.length > 10 ? "Z" : ""}`)
    : Number(said.replace("\u2212", "-").replace(",", ".")));
  const make = (/** @type {boolean} */ narrow) => {
    const ticked = boxes.filter(({ box }) => box.checked).map(({ level }) => level);
    if (ticked.length) return addCohort(context, [{ field: usable, levels: ticked }], narrow);
    const [low, high] = ends.map((input) => (input.value.trim() === "" ? null : read(input.value.trim())));
    if (levels || (low === null && high === null)) problem.textContent = levels ? words.tickOne : words.giveEnd;
    else if (Number.isNaN(low) || Number.isNaN(high) || (low !== null && high !== null && low > high)) problem.textContent = words.noRange;
    else addCohort(context, [{ field: usable, low, high }], narrow);
  };
  return el("form", { class: "rule", onsubmit: (/** @type {Event} */ event) => { event.preventDefault(); make(false); } },
    choice(words.rowsWhere, options, usable, change),
    levels ? null : el("span", { class: "go" }, ends[0], words.to, ends[1]),
    boxes.length ? el("fieldset", {}, el("legend", {}, words.isText),
      ...boxes.map(({ text, box }) => el("label", { class: "tick-box" }, box, el("bdi", {}, visible(text))))) : null,
    button(words.newCohort, null, { type: "submit", "data-focus": "make" }),
    chosenCohort(context) ? button(words.narrow, () => make(true), { "data-focus": "narrow" }) : null,
    manifest.labels === "classes" ? button(words.wrongOnes, () => addCohort(context, [{ field: "outcome", levels: ["wrong"] }]), { "data-focus": "wrong" }) : null,
    problem);
}

/** Importance in the chosen cohort beside that of all rows. @param {Context} context @param {number} width */
async function importances(context, width) {
  const { words, store, manifest } = context;
  const cohort = chosenCohort(context);
  if (!cohort || !(await sizeShown(context))) {
    return { title: words.cohortsTitle, node: el("p", { class: "empty" }, cohort ? words.emptyCohortSaid : words.chooseCohort) };
  }
  const { number, columnWriter } = figures(words, manifest);
  const { output, top } = store.selection;
  const [own, whole] = await Promise.all([aggregatesOf(context, output), aggregatesOf(context, output, null)]);
  const name = await cohortName(context, cohort, 40);
  const apart = Array.from(own.meanAbs, (v, j) => Math.abs(v - whole.meanAbs[j]));
  const order = descending(own.meanAbs).slice(0, top);
  const most = Math.max(...order.flatMap((j) => [own.meanAbs[j], whole.meanAbs[j]]));
  const write = columnWriter(order.map((j) => own.meanAbs[j]));
  const chart = frame(order.map((j) => ({
    name: nameOf(context, j, 200), number: write(own.meanAbs[j]), current: j === store.selection.feature,
    hint: words.chooseFeature, choose: () => store.set({ feature: j }),
  })), {
    width: width > 760 ? Math.floor((width - 44) / 2) : width, rowHeight: 32, low: 0, high: most > 0 ? most : 1,
    title: `${words.measures.meanAbs}, ${outputName(context, output)}`, name: words.importances, write: number,
  });
  place(chart.canvas, { display: "none" });
  order.forEach((j, i) => {
    const bar = (/** @type {number} */ value, /** @type {number} */ off, /** @type {"flat"|"whole"} */ kind) =>
      lyingBar(chart.scale, { value, error: 0, middle: chart.middle(i) + off, thickness: 8, kind });
    chart.marks.append(bar(own.meanAbs[j], -5, "flat"), bar(whole.meanAbs[j], 5, "whole"));
  });
  const furthest = descending(apart)[0];
  return {
    title: words.cohortTitle(nameOf(context, furthest), own.meanAbs[furthest] > whole.meanAbs[furthest], name),
    node: el("div", {}, el("p", { class: "key" }, el("span", { class: "swatch own", "aria-hidden": "true" }), name,
      el("span", { class: "swatch whole", "aria-hidden": "true" }), words.allRows), chart.node),
  };
}
