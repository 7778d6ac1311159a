/** How one feature acts: any of its values, contributions and the prediction against any other. */

import { choice, el, redrawing, setChildren, svg } from "../dom.js";
import { newest } from "../pure/newest.js";
import { correlation, lacking, shadesOf } from "../pure/order.js";
import { visible } from "../pure/text.js";
import { axis, axisOptions, cellIn, cellText, colorOf, meaning, rowOutput, takes, textOfCell } from "./axes.js";
import { askedTable, featureTable } from "./feature-table.js";
import { levelChart } from "./levels.js";
import { ofShown } from "./members.js";
import { figures, key, nameOf, outputName, panel, said as sentence } from "./parts.js";
import { scatter } from "./scatter.js";

/** @typedef {import("../types.js").Context} Context */
/** @typedef {import("./axes.js").Axis} Axis */

/**
 * @param {Context} context
 * @returns {import("../types.js").View}
 */
export function feature(context) {
  const { manifest, words, store } = context;
  const { root, show } = panel("feature", words);
  const rings = svg("g");
  const redraw = redrawing();
  const mark = (/** @type {() => Node[]} */ draw) => setChildren(rings, redraw(draw));
  const readout = el("p", { class: "readout" });
  const curves = manifest.calls.includes("pdp") ? context.liveViews?.dependence(context) : undefined;
  /** @type {(row: number) => Node[]} */
  let ringsOf = () => [];
  /** @type {(row: number|null) => string} */
  let say = () => "";
  /** @type {(row: import("../types.js").Row) => string} */
  let sayOf = () => "";
  /** Of rows that are not all here: the rings of one that is asked for. @type {((row: import("../types.js").Row) => Node[])|null} */
  let many = null;
  /** @type {number|null} */
  let pointed = null;
  // What is read must be exact, though dots need not be.
  const tell = newest(async (current) => {
    const found = pointed === null ? null : await context.host.call("row", { row: pointed, output: rowOutput(context) }).catch(() => null);
    if (!current()) return;
    readout.textContent = found ? sayOf(found) : "";
    if (many && pointed === store.selection.row) mark(() => (found ? many?.(found) ?? [] : []));
  });
  /** @param {number|null} row */
  const read = (row) => {
    pointed = row;
    if (manifest.dots === "exact") readout.textContent = say(row);
    else tell();
  };
  const select = () => {
    const { row } = store.selection;
    mark(() => (row === null || many ? [] : ringsOf(row)));
    read(row);
    curves?.select();
  };
  return {
    root,
    reads: ["output", "feature", "x", "y", "color", "cohort", "cohorts"],
    select,
    render: async () => {
      await show(async (current) => {
        const { x, y, color } = store.selection;
        const names = ["x", "y", "color"];
        const chosen = [x, y, color].map((c, i) => allowed(c, names[i]));
        const dots = manifest.dots === "counted" && (await axis(context, chosen[0], "counted")).levels ? "rounded" : manifest.dots;
        const [across, up, shade] = await Promise.all(chosen.map((c) => axis(context, c, dots)));
        const labels = dots === "exact" ? await context.host.texts("label") : [];
        const [xs, ys] = await Promise.all([across, up].map(({ numbers }) => ofShown(context, numbers)));
        const chart = dots === "counted" && context.liveViews ? await context.liveViews.counted(context, { across, up, shade, rings, width: root.clientWidth }) : null;
        if (!current()) return null;
        many = chart ? chart.ringsOf : null;
        return draw({ ...across, numbers: xs }, { ...up, numbers: ys }, shade, { across, up, xs, ys }, labels, chart);
      });
      select();
    },
  };

  /** A category has no order, and can only lie across. @param {string} said @param {string} which */
  function allowed(said, which) {
    const { kind, feature } = meaning(context, said);
    if (takes(context, /** @type {any} */ (which), kind, feature)) return said;
    return which === "x" ? "prediction" : which === "y" ? "contribution" : "none";
  }

  /**
   * @param {Axis} across @param {Axis} up @param {Axis} shade  of the rows shown
   * @param {{across: Axis, up: Axis, xs: ArrayLike<number>, ys: ArrayLike<number>}} all  the same of all rows
   * @param {string[]} labels @param {Awaited<ReturnType<import("../live-views.js").Live["counted"]>>|null} above
   */
  function draw(across, up, shade, all, labels, above) {
    const { number, count } = figures(words, manifest);
    const { numbers: colored, ends } = colorOf(context, shade);
    const { shades, low, high } = shadesOf(colored ?? []);
    const given = {
      ...all, shades: colored ? shades : null, labels, rings, width: root.clientWidth,
      hover: (/** @type {number|null} */ row) => read(row ?? store.selection.row),
    };
    const chart = above ? { ...above, ringsOf: () => [] } : across.levels ? levelChart(context, { ...given, levels: across.levels }) : scatter(context, given);
    ringsOf = chart.ringsOf;
    const told = (/** @type {string} */ label, /** @type {(a: Axis) => string} */ cell) => [words.at(visible(label)),
      ...[across, up, shade].filter((a, i, all) => a.kind !== "none" && all.findIndex((b) => b.label === a.label) === i)
        .map((a) => `${a.label}\u00a0=\u00a0${cell(a)}`)].join(" · ");
    say = (row) => (row === null ? "" : told(labels[row], (a) => visible(cellText(a, row, number, words.missing))));
    sayOf = (row) => told(row.label, (a) => textOfCell(a, cellIn(context, a, row), number, words.missing));
    const lost = above ? above.lost : across.levels ? 0 : lacking(all.xs, all.ys);
    return [
      el("h2", {}, titleOf(across, up, chart.best)),
      sentence(across.levels ? words.levelsSaid : above ? words.countedSaid(count(above.n)) : words.featureSaid),
      controls(),
      above ? above.key : high > low ? key(`${shade.label}: ${ends ? visible(ends[0]) : (shade.date ?? number)(low)}`, ends ? visible(ends[1]) : (shade.date ?? number)(high)) : null,
      chart.node,
      readout,
      lost ? sentence(words.withoutValue(count(lost))) : null,
      manifest.dots === "rounded" || (manifest.dots === "counted" && across.levels) ? sentence(words.roundedSaid) : null,
      manifest.dots === "exact" ? featureTable(context, across, up) : askedTable(context, across, up),
      curves?.node ?? null,
    ];
  }

  function controls() {
    const { x, y, color, feature: j } = store.selection;
    return el("div", { class: "controls" },
      choice(words.feature, manifest.features.map((_, i) => ({ value: String(i), text: nameOf(context, i) })),
        String(j), (value) => store.set({ feature: Number(value), x: "value", y: "contribution" })),
      choice(words.across, axisOptions(context, "x"), meaning(context, x).kind === "prediction" ? "prediction" : allowed(x, "x"), (value) => store.set({ x: value })),
      choice(words.up, axisOptions(context, "y"), allowed(y, "y"), (value) => store.set({ y: value })),
      choice(words.color, axisOptions(context, "color"), allowed(color, "color"), (value) => store.set({ color: value })));
  }

  /** @param {Axis} across @param {Axis} up @param {string|null} best  level with the largest mean */
  function titleOf(across, up, best) {
    const own = across.kind === "value" && up.kind === "contribution" && across.feature === up.feature;
    if (!own) return words.axesTitle(up.label, across.label);
    const name = nameOf(context, across.feature);
    const output = outputName(context, rowOutput(context));
    if (across.levels) return best === null ? words.featureTitle(name, output, 0) : words.categoryTitle(name, best, output);
    return words.featureTitle(name, output, correlation(across.numbers ?? [], up.numbers ?? []));
  }
}
