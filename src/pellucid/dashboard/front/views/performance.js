/** How well predictions agree with the true labels. */

import { el, place } from "../dom.js";
import { lyingBar } from "../draw/bars.js";
import { curveChart } from "../draw/curve.js";
import { frame } from "../draw/frame.js";
import { justBelow } from "../pure/cohorts.js";
import { confusionMeasures, shareInterval } from "../pure/performance.js";
import { extent, padded } from "../pure/ticks.js";
import { rowOutput } from "./axes.js";
import { confusion } from "./confusion.js";
import { measuredClasses, measuredNumbers } from "./measured.js";
import { addCohort, chosenCohort, cohortCaption, cohortName, sizeShown } from "./members.js";
import { button, className, figures, outputName, panel, said, tableOf } from "./parts.js";

/** @typedef {import("../types.js").Context} Context */
/** @typedef {import("../types.js").Rule} Rule */

/**
 * @param {Context} context
 * @returns {import("../types.js").View}
 */
export function performance(context) {
  const { manifest, words } = context;
  const { root, show } = panel("performance", words);
  return {
    root,
    reads: ["output", "cohort", "cohorts"],
    render: () => show(async () => {
      const cohort = chosenCohort(context);
      const rows = await sizeShown(context);
      if (!rows) return [el("h2", {}, words.emptyCohort), said(words.emptyCohortSaid)];
      const whose = cohort ? words.inCohort(await cohortName(context, cohort), cohortCaption(context, rows))
        : manifest.n_sent && manifest.n_sent < manifest.n_rows ? words.cellsOfSent : null;
      return (manifest.labels === "classes" ? ofClasses : ofNumbers)(context, said(whose), root.clientWidth);
    }),
  };
}

/** Two columns where there is room. @param {number} width */
function half(width) {
  return width > 760 ? Math.floor((width - 44) / 2) : width;
}

/** Names and numbers in a line. @param {[string, string, number?][]} facts */
function factLine(facts) {
  return el("dl", { class: "facts" }, ...facts.map(([what, text, value]) =>
    el("div", {}, el("dt", {}, what), el("dd", {}, el("data", { value: value === undefined ? null : String(value) }, text)))));
}

/** @param {Context} context @param {Node|null} whose @param {number} width */
async function ofClasses(context, whose, width) {
  const { words, manifest } = context;
  const { number, percent } = figures(words, manifest);
  const k = rowOutput(context);
  const found = await measuredClasses(context, k);
  const all = confusionMeasures(found.confusion);
  const [low, high] = shareInterval(all.accuracy, all.n);
  const own = all.per[k];
  const fact = (/** @type {string} */ what, /** @type {number} */ value) => /** @type {[string, string, number]} */ ([what, number(value), value]);
  const room = half(width);
  const square = room > 480 ? Math.floor((room - 30) / 2) : room;
  return [
    el("h2", {}, words.accuracyTitle(percent(all.accuracy))),
    said(words.accuracySaid(percent(low), percent(high))), whose,
    factLine([fact(words.accuracy, all.accuracy), fact(words.balanced, all.balanced), fact(words.macroF1, all.f1),
      ...(Number.isNaN(found.logLoss) ? [] : [fact(words.logLoss, found.logLoss)])]),
    el("div", { class: "halves" },
      el("div", {}, ...confusion(context, found.confusion, room), perClass(context, all.per)),
      el("div", {}, el("h3", {}, words.oneClass(className(context, k))),
        factLine([fact(words.precision, own.precision), fact(words.recall, own.recall), fact("F1", own.f1),
          fact(words.rocArea, found.area), fact(words.averagePrecision, found.precision),
          ...(Number.isNaN(found.brier) ? [] : [fact(words.brier, found.brier)])]),
        el("div", { class: "curves" }, ...curves()))),
  ];

  function curves() {
    const { hits, alarms } = found.curve;
    const [nHits, nAlarms] = [hits[hits.length - 1], alarms[alarms.length - 1]];
    if (!nHits || !nAlarms) return [el("p", { class: "empty" }, words.oneSided)];
    const recall = Array.from(hits, (n) => n / nHits);
    const false_ = Array.from(alarms, (n) => n / nAlarms);
    const precision = recall.map((_, i) => hits[i] / (hits[i] + alarms[i]));
    if (precision.length > 1) precision[0] = precision[1];
    const shared = { width: square, low: 0, high: 1, write: number };
    return [
      curveChart({ ...shared, name: words.rocSaid(number(found.area)), xs: false_, ys: recall, across: words.falsePositives, up: words.recall, diagonal: true }),
      curveChart({ ...shared, name: words.prSaid(number(found.precision)), xs: recall, ys: precision, across: words.recall, up: words.precision }),
      found.groups ? calibration(context, found.groups, { ...shared, name: words.calibrationSaid, across: words.meanPrediction, up: words.shareOf },
        (g) => [{ field: `prediction/${k}`, low: g ? g / 10 : null, high: g < 9 ? justBelow((g + 1) / 10) : null }])
        : said(words.noCalibration),
    ];
  }

  /** @param {Context} context @param {ReturnType<typeof confusionMeasures>["per"]} per */
  function perClass(context, per) {
    const heads = [words.trueClass, words.rowsHead, words.precision, words.recall, "F1"];
    return el("details", { class: "table", open: per.length <= 6 }, el("summary", {}, words.perClass),
      tableOf(words, manifest, heads, per.map((one, j) => [className(context, j), one.rows, one.precision, one.recall, one.f1])));
  }
}

/**
 * Means of groups beside the line on which they should lie, and the groups as a table to choose from.
 *
 * @param {Context} context @param {import("../pure/performance.js").Groups} groups
 * @param {{width: number, low: number, high: number, write: (value: number) => string, name: string, across: string, up: string}} given
 * @param {(group: number) => Rule[]} rulesOf
 */
function calibration(context, groups, given, rulesOf) {
  const { words, manifest } = context;
  const { count, number } = figures(words, manifest);
  const there = Array.from(groups.rows, (_, g) => g).filter((g) => groups.rows[g] > 0);
  const most = Math.max(...there.map((g) => groups.rows[g]));
  const choose = (/** @type {number} */ g) => (manifest.n_sent ? () => addCohort(context, rulesOf(g)) : null);
  const hint = (/** @type {number} */ g) => words.groupSaid(count(groups.rows[g]), number(groups.predicted[g]), number(groups.observed[g]));
  return el("div", {},
    curveChart({
      ...given, xs: there.map((g) => groups.predicted[g]), ys: there.map((g) => groups.observed[g]), diagonal: true,
      dots: there.map((g) => ({ x: groups.predicted[g], y: groups.observed[g], size: 3 + 4 * Math.sqrt(groups.rows[g] / most), hint: hint(g), choose: choose(g) })),
    }),
    el("details", { class: "table" }, el("summary", {}, words.groupTable), tableOf(words, manifest, [words.rowsHead, given.across, given.up], there.map((g) => [
      choose(g) ? button(count(groups.rows[g]), choose(g), { class: "plain", "aria-label": hint(g), "data-focus": `group${g}` }) : count(groups.rows[g]),
      groups.predicted[g], groups.observed[g]]))));
}

/** @param {Context} context @param {Node|null} whose @param {number} width */
async function ofNumbers(context, whose, width) {
  const { words, manifest, store } = context;
  const { number, count, fixed, columnWriter } = figures(words, manifest);
  const k = rowOutput(context);
  const { measures, edges, counts, cuts, groups } = await measuredNumbers(context, k);
  const [low, high] = padded(...ends([...extent(groups.predicted), ...extent(groups.observed)]));
  const names = [words.meanAbsError, words.rootError, "R²", words.meanError];
  const room = half(width);
  const most = Math.max(...Array.from(counts));
  const edge = columnWriter(edges);
  const bins = Array.from(counts, (n, b) => ({ n, from: b ? edges[b - 1] : null, to: b < edges.length ? edges[b] : null }));
  const chart = frame(bins.map(({ n, from, to }) => ({
    name: words.between("", from === null ? null : edge(from), to === null ? null : edge(to)).trim(), number: count(n), hint: words.makeCohort,
    choose: n && manifest.n_sent ? () => addCohort(context, [{ field: `error/${k}`, low: from, high: to === null ? null : justBelow(to) }]) : null,
  })), { width: room, rowHeight: 24, low: 0, high: most, title: words.rowsHead, name: words.errorsSaid, write: number });
  place(chart.canvas, { display: "none" });
  bins.forEach(({ n }, i) => chart.marks.append(lyingBar(chart.scale, { value: n, error: 0, middle: chart.middle(i), thickness: 17, kind: "flat" })));
  return [
    el("h2", {}, words.errorTitle(fixed(measures[0]))),
    said(words.errorSaid(outputName(context, k))), whose,
    factLine(names.map((name, i) => [name, number(measures[i]), measures[i]])),
    el("div", { class: "halves" },
      el("div", {}, el("h3", {}, words.errorsSaid), chart.node,
        manifest.n_sent ? button(words.seeErrors, () => store.set({ x: "prediction", y: "error" }), { "data-focus": "errors" }) : null),
      el("div", {}, el("h3", {}, words.groupsTitle),
        calibration(context, groups, { width: Math.min(room, 420), low, high, write: number, name: words.groupsTitle, across: words.meanPrediction, up: words.meanLabel },
          (g) => [{ field: `prediction/${k}`, low: g ? cuts[g - 1] : null, high: g < cuts.length ? justBelow(cuts[g]) : null }]))),
  ];
}

/** @param {number[]} numbers @returns {[number, number]} */
function ends(numbers) {
  return [Math.min(...numbers), Math.max(...numbers)];
}
