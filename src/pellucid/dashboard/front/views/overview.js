/** Which features matter, over all rows. */

import { choice, el, place, redrawing, setChildren, svg } from "../dom.js";
import { box, lyingBar, rings } from "../draw/bars.js";
import { frame } from "../draw/frame.js";
import { drawStrips } from "../draw/strip.js";
import { descending } from "../pure/order.js";
import { padded } from "../pure/ticks.js";
import { rampTable } from "../theme.js";
import { aggregatesOf, chosenCohort, cohortCaption, cohortName, shownRows, shownRules, sizeShown } from "./members.js";
import { overviewTable } from "./overview-table.js";
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
  const layer = svg("g");
  const redraw = redrawing();
  /** @type {(values: ArrayLike<number>) => Node[]} */
  let ringsOf = () => [];
  const select = async () => {
    const { output, row } = store.selection;
    const chosen = row === null || output < 0 ? null : await host.call("row", { row, output });
    if (row === store.selection.row) setChildren(layer, chosen ? redraw(() => ringsOf(chosen.values)) : []);
  };
  return {
    root,
    reads: ["output", "feature", "top", "show", "measure", "cohort", "cohorts"],
    select,
    render: async () => {
      await show(async () => {
        const cohort = chosenCohort(context);
        const n = await sizeShown(context);
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
    const { top, measure: wanted } = store.selection;
    const bars = store.selection.show === "bars" || !found.strips.size;
    const boxes = store.selection.show === "boxes";
    const measure = bars && found.strips.size ? wanted : "meanAbs";
    const size = found[measure];
    const order = descending(measure === "mean" ? Array.from(size, Math.abs) : size).slice(0, top);
    const title = titleOf(found, order, measure);
    const kind = manifest.metric === null ? measure : "metric";
    const rows = words.rowCount(n, figures(words, manifest).count(n));
    const said = bars ? words.barsSaid[kind] : (boxes ? words.boxesSaid : words.stripsSaid)(rows);
    const chart = bars ? barChart(context, found, order, measure, width) : stripChart(context, found, order, width, boxes);
    chart.marks.append(layer);
    ringsOf = bars ? () => [] : (values) => spots(chart, order.map((j) => chart.scale.at(values[j])));
    return [
      el("h2", {}, title),
      sentence(said),
      sentence(whose),
      controls(context, found, bars, measure),
      bars || boxes ? null : key(words.low, words.high, order.some((j) => ["category", "none"].includes(manifest.features[j].kind)) ? words.noOrder : ""),
      chart.node,
      overviewTable(context, found, order),
    ];
  }

  /** What stands out, and by more than twice its standard error. @param {Aggregates} found @param {number[]} order @param {"meanAbs"|"mean"|"maxAbs"} measure */
  function titleOf(found, [j, next], measure) {
    const size = found[measure];
    const [first, named] = [nameOf(context, j), outputName(context, store.selection.output)];
    if (!(Math.abs(size[j] ?? 0) > 0)) return words.nothingMatters;
    if (measure === "maxAbs") return words.maxTitle(first, named);
    if (measure === "mean") return Math.abs(size[j]) < 2 * found.meanError[j] ? words.noMean(named) : words.meanTitle(first, named, size[j] > 0);
    const close = next !== undefined && size[j] - size[next] < 2 * Math.hypot(found.meanAbsError[j], found.meanAbsError[next]);
    return close ? words.bothTitle(first, nameOf(context, next), named) : words.overviewTitle(first, named);
  }

  /** @param {Context} context @param {Aggregates} found @param {boolean} bars @param {string} measure */
  function controls({ store }, found, bars, measure) {
    const d = manifest.features.length;
    const { count } = figures(words, manifest);
    const sizes = [...new Set([5, 10, 20, 50, 100, store.selection.top].filter((n) => n < d).concat(d))].sort((a, b) => a - b);
    const line = el("div", { class: "controls" });
    if (found.strips.size) {
      line.append(choice(words.show, ["strips", "boxes", "bars"].map((value) => ({ value, text: words.shows[value] })),
        bars ? "bars" : store.selection.show, (value) => store.set({ show: /** @type {any} */ (value) })));
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

/** @param {Context} context @param {Aggregates} found @param {number[]} order @param {number} width @param {boolean} boxes */
function stripChart(context, found, order, width, boxes) {
  const { words, store, manifest } = context;
  const write = figures(words, manifest);
  const strips = order.map((j) => found.strips.get(j));
  const ends = strips.map((s) => (s ? (boxes && s.quantiles ? [s.quantiles[0], s.quantiles[4]] : [s.low, s.high]) : [0, 0]));
  const [low, high] = padded(Math.min(0, ...ends.map(([l]) => l)), Math.max(0, ...ends.map(([, h]) => h)));
  const chart = frame(rowsOf(context, found, order, "meanAbs", write.columnWriter(order.map((j) => found.meanAbs[j]))), {
    width, rowHeight: 32, low, high, title: words.contributionTo(outputName(context, store.selection.output)),
    name: words.importances, write: write.number,
  });
  /** @type {{strip: import("../types.js").Strip, middle: number}[]} */
  const drawn = [];
  strips.forEach((strip, i) => {
    const middle = chart.middle(i);
    if (boxes && strip?.quantiles) chart.marks.append(box(chart.scale, strip.quantiles, { middle, thickness: 14 }));
    else if (strip) drawn.push({ strip, middle });
  });
  drawStrips(chart.canvas, drawn, { ...chart, height: order.length * chart.rowHeight, reach: 13, table: rampTable(context.theme()) });
  if (manifest.n_sent) pickable(context, chart, order);
  return chart;
}

/** Rings around the chosen row, or at the end of the scale arrows to where it would be. @param {import("../draw/frame.js").Frame} chart @param {number[]} xs */
function spots({ width, middle }, xs) {
  const all = xs.map((x, i) => [x, middle(i)]);
  const within = (/** @type {number[]} */ [x]) => x >= 0 && x <= width;
  return [rings(all.filter(within)), ...all.filter((spot) => !within(spot)).map(([x, y]) =>
    svg("text", { x: x < 0 ? 0 : width, y: y + 4, class: "value strong", "text-anchor": x < 0 ? "start" : "end" }, x < 0 ? "◂" : "▸"))];
}

/** A click in a strip chooses the row whose value is nearest. @param {Context} context @param {import("../draw/frame.js").Frame} chart @param {number[]} order */
function pickable(context, chart, order) {
  const { host, manifest, store } = context;
  chart.canvas.classList.add("pickable");
  chart.canvas.addEventListener("click", async (event) => {
    const j = order[Math.floor(event.offsetY / chart.rowHeight)];
    const { output } = store.selection;
    if (j === undefined || output < 0) return;
    const wanted = chart.scale.from(event.offsetX);
    if (manifest.dots !== "exact") {
      const { row } = await host.call("pick", { x: `contribution/${output}/${j}`, at: [wanted], unit: [1], rules: shownRules(context) });
      return store.set({ row, feature: j });
    }
    const [values, rows] = await Promise.all([host.column(`contribution/${output}/${j}`), shownRows(context)]);
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
