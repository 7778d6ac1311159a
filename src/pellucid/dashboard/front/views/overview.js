/** Which features matter, over all rows. */

import { choice, el, place, svg } from "../dom.js";
import { lyingBar, ring } from "../draw/bars.js";
import { frame } from "../draw/frame.js";
import { drawStrip, prepare } from "../draw/strip.js";
import { descending } from "../pure/order.js";
import { padded } from "../pure/ticks.js";
import { rampTable } from "../theme.js";
import { aggregatesOf, cohortCaption, cohortName, chosenCohort, shownRows } from "./members.js";
import { figures, key, nameOf, outputName, panel, said as sentence } from "./parts.js";

/** @typedef {import("../types.js").Context} Context */
/** @typedef {import("../types.js").Aggregates} Aggregates */

/**
 * @param {Context} context
 * @returns {import("../types.js").View}
 */
export function overview(context) {
  const { host, manifest, words, store } = context;
  const { root, show } = panel("overview", words);
  const rings = svg("g");
  /** @type {(values: ArrayLike<number>) => Node[]} */
  let ringsOf = () => [];
  const select = async () => {
    const { output, row } = store.selection;
    const chosen = row === null || output < 0 ? null : await host.call("row", { row, output });
    if (row === store.selection.row) rings.replaceChildren(...(chosen ? ringsOf(chosen.values) : []));
  };
  return {
    root,
    reads: ["output", "feature", "top", "show", "measure", "cohort", "cohorts"],
    select,
    render: async () => {
      await show(async () => {
        const cohort = chosenCohort(context);
        const n = cohort ? (await shownRows(context)).length : manifest.n_rows;
        if (!n) return [el("h2", {}, words.emptyCohort), sentence(words.emptyCohortSaid)];
        const found = await aggregatesOf(context, store.selection.output);
        const whose = cohort ? words.inCohort(await cohortName(context, cohort), cohortCaption(context, n)) : null;
        return draw(found, root.clientWidth, n, whose);
      });
      await select();
    },
  };

  /** @param {Aggregates} found @param {number} width @param {number} n @param {string|null} whose  rows, if not of all */
  function draw(found, width, n, whose) {
    const { output, top, measure: wanted } = store.selection;
    const bars = store.selection.show === "bars" || !found.strips.size;
    const measure = bars && found.strips.size ? wanted : "meanAbs";
    const size = found[measure];
    const order = descending(measure === "mean" ? Array.from(size, Math.abs) : size).slice(0, top);
    const nothing = !(Math.abs(size[order[0]] ?? 0) > 0);
    const first = [nameOf(context, order[0]), outputName(context, output)];
    const title = nothing ? words.nothingMatters
      : measure === "mean" ? words.meanTitle(first[0], first[1], size[order[0]] > 0)
        : (measure === "maxAbs" ? words.maxTitle : words.overviewTitle)(first[0], first[1]);
    const kind = manifest.metric === null ? measure : "metric";
    const said = bars ? words.barsSaid[kind] : words.stripsSaid(words.rowCount(n, figures(words, manifest).count(n)));
    const chart = bars ? barChart(context, found, order, measure, width) : stripChart(context, found, order, width);
    chart.marks.append(rings);
    ringsOf = bars ? () => [] : (values) => order.flatMap((j, i) => (
      values[j] < chart.scale.low || values[j] > chart.scale.high ? [] : [ring(chart.scale.at(values[j]), chart.middle(i))]));
    return [
      el("h2", {}, title),
      el("p", { class: "said" }, said),
      sentence(whose),
      controls(context, found, bars, measure),
      bars ? null : key(words.low, words.high, order.some((j) => manifest.features[j].kind !== "number") ? words.noOrder : ""),
      chart.node,
      asTable(context, found, order),
    ];
  }

  /** @param {Context} context @param {Aggregates} found @param {boolean} bars @param {string} measure */
  function controls({ store }, found, bars, measure) {
    const d = manifest.features.length;
    const { count } = figures(words, manifest);
    const sizes = [...new Set([5, 10, 20, 50, 100, store.selection.top].filter((n) => n < d).concat(d))].sort((a, b) => a - b);
    const line = el("div", { class: "controls" });
    if (found.strips.size) {
      line.append(choice(words.show, ["strips", "bars"].map((value) => ({ value, text: value === "bars" ? words.bars : words.strips })),
        bars ? "bars" : "strips", (value) => store.set({ show: /** @type {any} */ (value) })));
      if (bars) {
        line.append(choice(words.measure, ["meanAbs", "mean", "maxAbs"].map((value) => ({ value, text: words.measures[value] })),
          measure, (value) => store.set({ measure: /** @type {any} */ (value) })));
      }
    }
    line.append(choice(words.features, sizes.map((n) => ({ value: String(n), text: n === d ? words.allFeatures(count(d)) : count(n) })),
      String(Math.min(store.selection.top, d)), (value) => store.set({ top: Number(value) })));
    return line;
  }
}

/**
 * @param {Context} context @param {Aggregates} found @param {number[]} order
 * @param {"meanAbs"|"mean"|"maxAbs"} measure @param {(value: number) => string} write
 */
function rowsOf(context, found, order, measure, write) {
  const { store, words } = context;
  return order.map((j) => ({
    name: nameOf(context, j, 200),
    number: write(found[measure][j]),
    hint: words.chooseFeature,
    current: context.manifest.n_sent > 0 && j === store.selection.feature,
    choose: context.manifest.n_sent ? () => store.set({ feature: j }) : null,
  }));
}

/** @param {Context} context @param {Aggregates} found @param {number[]} order @param {number} width */
function stripChart(context, found, order, width) {
  const { words, store, manifest } = context;
  const write = figures(words, manifest);
  const strips = order.map((j) => found.strips.get(j));
  const [low, high] = padded(
    Math.min(0, ...strips.map((s) => s?.low ?? 0)), Math.max(0, ...strips.map((s) => s?.high ?? 0)));
  const chart = frame(rowsOf(context, found, order, "meanAbs", write.columnWriter(order.map((j) => found.meanAbs[j]))), {
    width, rowHeight: 32, low, high, title: words.contributionTo(outputName(context, store.selection.output)),
    name: words.importances, write: write.number,
  });
  const { pen, ratio } = prepare(chart.canvas, chart.width, order.length * chart.rowHeight);
  const table = rampTable(context.theme());
  strips.forEach((strip, i) => {
    if (strip) drawStrip(pen, strip, { scale: chart.scale, width: chart.width, middle: chart.middle(i), reach: 13, ratio, table });
  });
  if (manifest.n_sent) pickable(context, chart, order);
  return chart;
}

/** A click in a strip chooses the row whose value is nearest. @param {Context} context @param {import("../draw/frame.js").Frame} chart @param {number[]} order */
function pickable(context, chart, order) {
  const { host, store } = context;
  chart.canvas.classList.add("pickable");
  chart.canvas.addEventListener("click", async (event) => {
    const j = order[Math.floor(event.offsetY / chart.rowHeight)];
    const { output } = store.selection;
    if (j === undefined || output < 0) return;
    const values = await host.column(`contribution/${output}/${j}`);
    const wanted = chart.scale.from(event.offsetX);
    const rows = await shownRows(context);
    store.set({ row: rows.reduce((best, i) => (Math.abs(values[i] - wanted) < Math.abs(values[best] - wanted) ? i : best), rows[0]), feature: j });
  });
}

/** @param {Context} context @param {Aggregates} found @param {number[]} order @param {"meanAbs"|"mean"|"maxAbs"} measure @param {number} width */
function barChart(context, found, order, measure, width) {
  const { words, store, manifest } = context;
  const write = figures(words, manifest);
  const errors = { meanAbs: found.meanAbsError, mean: found.meanError, maxAbs: null }[measure];
  const values = order.map((j) => found[measure][j]);
  const spread = order.map((j) => errors?.[j] || 0);
  const [low, high] = [
    Math.min(0, ...values.map((v, i) => v - (v < 0 ? spread[i] : 0))), Math.max(0, ...values.map((v, i) => v + spread[i]))];
  const kind = manifest.metric === null ? measure : "metric";
  const chart = frame(rowsOf(context, found, order, measure, write.columnWriter(values)), {
    width, rowHeight: 28, low, high: high > low ? high : 1,
    title: `${words.measures[kind]}, ${outputName(context, store.selection.output)}`, name: words.importances, write: write.number,
  });
  place(chart.canvas, { display: "none" });
  const signed = measure === "mean" || manifest.metric !== null;
  values.forEach((value, i) => chart.marks.append(lyingBar(chart.scale, {
    value, error: spread[i], middle: chart.middle(i), thickness: 15,
    kind: !signed ? "flat" : value < 0 ? "lowers" : "raises",
  })));
  return chart;
}

/** @param {Context} context @param {Aggregates} found @param {number[]} order */
function asTable(context, found, order) {
  const { words, manifest } = context;
  const { number, count } = figures(words, manifest);
  const signed = found.strips.size > 0;
  const first = words.measures[manifest.metric === null ? "meanAbs" : "metric"];
  const heads = [words.feature, first, words.stdError, ...(signed ? [words.measures.mean, words.measures.maxAbs] : [])];
  const datum = (/** @type {number} */ v) => el("td", { class: "numeric" }, el("data", { value: String(v) }, number(v, 4)));
  const left = manifest.features.length - order.length;
  return el("details", { class: "table" }, el("summary", {}, words.asTable),
    el("table", {}, el("thead", {}, el("tr", {}, ...heads.map((h, i) => el("th", { scope: "col", class: i ? "numeric" : "" }, h)))),
      el("tbody", {}, ...order.map((j) => el("tr", {}, el("th", { scope: "row" }, el("bdi", {}, nameOf(context, j))),
        datum(found.meanAbs[j]), datum(found.meanAbsError[j]), ...(signed ? [datum(found.mean[j]), datum(found.maxAbs[j])] : []))))),
    left ? el("p", { class: "said" }, words.others(count(left))) : null);
}
