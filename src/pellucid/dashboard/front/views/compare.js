/** What sets a few rows, cohorts or results apart, feature by feature. */

import { choice, el, place, svg } from "../dom.js";
import { frame } from "../draw/frame.js";
import { descending } from "../pure/order.js";
import { elide, isolated, visible } from "../pure/text.js";
import { padded } from "../pure/ticks.js";
import { rowOutput } from "./axes.js";
import { aggregatesOf, cohortName } from "./members.js";
import { button, className, figures, folded, nameOf, outputName, panel, said as sentence } from "./parts.js";

/** @typedef {import("../types.js").Context} Context */

/**
 * @typedef {object} Thing  What is compared.
 * @property {string} label
 * @property {ArrayLike<number>} values  of the features; NaN where it has no such feature
 * @property {ArrayLike<number>} [ranks]
 * @property {() => void} [choose]
 *
 * @typedef {{things: Thing[], unit: string, said: string, note?: string}} Compared
 */

const MOST = 5;

/**
 * @param {Context} context
 * @returns {import("../types.js").View}
 */
export function compare(context) {
  const { words, store, manifest } = context;
  const { root, show } = panel("compare", words);
  return {
    root,
    reads: ["output", "feature", "rowTop", "measure", "pins", "cohorts", "compare", "others"],
    render: async () => {
      const { pins, cohorts, others, compare: wanted } = store.selection;
      const sizes = { rows: pins.length, cohorts: cohorts.length, results: manifest.others.length && others.length };
      const kinds = /** @type {(keyof typeof sizes)[]} */ (Object.keys(sizes)).filter((kind) => sizes[kind]);
      root.hidden = !kinds.length;
      if (!kinds.length) return;
      const kind = kinds.includes(wanted) ? wanted : kinds[0];
      await show(async (current) => {
        const compared = await { rows: pinnedRows, cohorts: ownCohorts, results }[kind](context);
        return current() ? draw(context, kinds, kind, compared, root.clientWidth) : null;
      });
    },
  };
}

/** @param {Context} context @returns {Promise<Compared>} */
async function pinnedRows(context) {
  const { host, words, store, manifest } = context;
  const output = rowOutput(context);
  const things = await Promise.all(store.selection.pins.map(async (row) => {
    const found = await host.call("row", { row, output });
    const label = `${words.at(isolated(elide(found.label, 30)))}: ${figures(words, manifest).fixed(found.prediction)}`;
    return { label, values: found.values, choose: () => store.set({ row }) };
  }));
  return { things, unit: words.contributionTo(outputName(context, output)), said: words.compareSaid };
}

/** @param {Context} context @returns {Promise<Compared>} */
async function ownCohorts(context) {
  const { words, store } = context;
  const { output, measure, cohorts } = store.selection;
  const usable = output < 0 ? "meanAbs" : measure;
  const things = await Promise.all([null, ...cohorts].slice(0, MOST).map(async (cohort, i) => ({
    label: cohort ? await cohortName(context, cohort) : words.allRows,
    values: (await aggregatesOf(context, output, cohort))[usable],
    choose: () => store.set({ cohort: cohort ? i - 1 : null }),
  })));
  return { things, unit: `${words.measures[usable]}, ${outputName(context, output)}`, said: words.compareCohortsSaid };
}

/** @param {Context} context @returns {Promise<Compared>} */
async function results(context) {
  const { host, words, store, manifest } = context;
  const { output, others } = store.selection;
  const chosen = others.map((i) => manifest.others[i]);
  const matched = others.filter((_, i) => output < 0 || chosen[i].outputs[output] !== null);
  const tables = await Promise.all(matched.map((i) => host.column(`other/${i}/${output < 0 ? "all" : output}`)));
  const own = (await aggregatesOf(context, output, null)).meanAbs;
  const d = own.length;
  const sameUnit = matched.every((i) => manifest.others[i].output_space === manifest.output_space && manifest.others[i].metric === manifest.metric);
  const total = (/** @type {ArrayLike<number>} */ values) => Array.from(values).reduce((sum, v) => sum + (v || 0), 0) || 1;
  const scaled = (/** @type {ArrayLike<number>} */ values) => Array.from(values).slice(0, d).map((v) => (sameUnit ? v : v / total(values)));
  const rank = new Float64Array(d);
  descending(own).forEach((j, i) => { rank[j] = i + 1; });
  const shared = matched.map((i) => words.sharedFeatures(visible(manifest.others[i].name), String(manifest.others[i].n_shared), String(manifest.others[i].n_features)));
  const lost = chosen.filter((one) => output >= 0 && one.outputs[output] === null).map(({ name }) => words.noSuchOutput(visible(name), className(context, output)));
  return {
    things: [{ label: words.thisResult, values: scaled(own), ranks: rank },
      ...tables.map((table, i) => ({ label: isolated(elide(manifest.others[matched[i]].name, 40)), values: scaled(table.subarray(0, d + 1)), ranks: table.subarray(d + 1, 2 * d + 1) }))],
    unit: sameUnit ? `${words.measures[manifest.metric === null ? "meanAbs" : "metric"]}, ${outputName(context, output)}` : words.shareOfAll,
    said: sameUnit ? words.compareResultsSaid : words.compareSharesSaid,
    note: [...shared, ...lost].join(" "),
  };
}

/** @param {Context} context @param {string[]} kinds @param {string} kind @param {Compared} compared @param {number} width */
function draw(context, kinds, kind, { things, unit, said, note }, width) {
  const { words, store, manifest } = context;
  const { number, columnWriter } = figures(words, manifest);
  const apart = manifest.features.map((_, j) => {
    const own = things.map(({ values }) => values[j]).filter((v) => !Number.isNaN(v));
    return own.length > 1 ? Math.max(...own) - Math.min(...own) : NaN;
  });
  const order = descending(apart).filter((j) => !Number.isNaN(apart[j])).slice(0, store.selection.rowTop);
  const clear = kind === "rows" ? button(words.clear, () => store.set({ pins: [] })) : null;
  const list = el("ol", { class: "pinned" }, ...things.map(({ label, choose }, i) => el("li", {}, choose
    ? el("button", { type: "button", onclick: choose }, el("b", {}, String(i + 1)), ` ${label}`)
    : el("span", {}, el("b", {}, String(i + 1)), ` ${label}`))));
  const controls = el("div", { class: "controls" },
    kinds.length > 1 ? choice(words.compareWhat, kinds.map((value) => ({ value, text: words.comparable[value] })), kind, (value) => store.set({ compare: /** @type {any} */ (value) })) : null,
    list, clear);
  if (things.length < 2 || !order.length) {
    return [el("h2", {}, kind === "rows" ? words.compareOne : words.nothingShared), sentence(note), controls];
  }
  const values = order.flatMap((j) => things.map((thing) => thing.values[j])).filter((v) => !Number.isNaN(v));
  const [low, high] = padded(Math.min(0, ...values), Math.max(0, ...values));
  const write = columnWriter(order.map((j) => apart[j]));
  const chart = frame(order.map((j) => ({
    name: nameOf(context, j, 200), number: write(apart[j]), current: manifest.n_sent > 0 && j === store.selection.feature,
    hint: words.chooseFeature, choose: manifest.n_sent ? () => store.set({ feature: j }) : null,
  })), { width, rowHeight: 36, low, high, inset: 10, title: unit, name: said, write: number });
  place(chart.canvas, { display: "none" });
  order.forEach((j, i) => chart.marks.append(...dumbbell(chart, things.map((thing) => thing.values[j]), chart.middle(i))));
  return [
    el("h2", {}, (kind === "rows" ? words.compareTitle : words.apartTitle)(nameOf(context, order[0]))),
    sentence(said),
    sentence(note),
    controls, chart.node, asTable(context, things, order),
  ];
}

/**
 * A dot for each thing where its value is, and the thing's number above it; numbers keep apart.
 *
 * @param {import("../draw/frame.js").Frame} chart @param {number[]} values @param {number} middle
 */
function dumbbell({ scale, width }, values, middle) {
  const y = middle + 6;
  const there = values.map((_, i) => i).filter((i) => !Number.isNaN(values[i]));
  const places = values.map((v) => scale.at(v));
  const order = there.sort((a, b) => places[a] - places[b]);
  const spots = apartFrom(order.map((i) => places[i]), 11, width);
  return [
    svg("line", { x1: places[order[0]], x2: places[order[order.length - 1]], y1: y, y2: y, class: "link" }),
    ...order.map((i) => svg("circle", { cx: places[i], cy: y, r: 4, class: "pin" })),
    ...order.map((i, place) => svg("text", { x: spots[place], y: y - 8, class: "value", "text-anchor": "middle" }, String(i + 1))),
  ];
}

/** Move places apart as little as needed. @param {number[]} places  in order @param {number} least @param {number} width */
function apartFrom(places, least, width) {
  const spots = [...places];
  for (let round = 0; round < 12; round++) {
    for (let i = 1; i < spots.length; i++) {
      const lacking = least - (spots[i] - spots[i - 1]);
      if (lacking <= 0.01) continue;
      spots[i - 1] -= lacking / 2;
      spots[i] += lacking / 2;
    }
    spots.forEach((x, i) => { spots[i] = Math.min(width - 5, Math.max(5, x)); });
  }
  return spots;
}

/** @param {Context} context @param {Thing[]} things @param {number[]} order */
function asTable(context, things, order) {
  const { words, manifest } = context;
  const heads = things.flatMap(({ label, ranks }, i) => [`${i + 1}: ${label}`, ...(ranks ? [words.rank] : [])]);
  return folded(words, manifest, [words.feature, ...heads],
    () => order.map((j) => [nameOf(context, j), ...things.flatMap(({ values, ranks }) => (ranks ? [values[j], ranks[j]] : [values[j]]))]));
}
