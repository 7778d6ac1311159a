/** How one feature acts: any of its values, contributions and the prediction against any other. */

import { choice, el, svg } from "../dom.js";
import { correlation, shadesOf } from "../pure/order.js";
import { visible } from "../pure/text.js";
import { axis, axisOptions, cellText, colorOf, meaning, rowOutput, takes } from "./axes.js";
import { levelChart } from "./levels.js";
import { ofShown } from "./members.js";
import { figures, key, nameOf, outputName, panel } from "./parts.js";
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
  const readout = el("p", { class: "readout" });
  /** @type {(row: number) => Node[]} */
  let ringsOf = () => [];
  /** @type {(row: number|null) => string} */
  let say = () => "";
  const select = () => {
    const { row } = store.selection;
    rings.replaceChildren(...(row === null ? [] : ringsOf(row)));
    readout.textContent = say(row);
  };
  return {
    root,
    reads: ["output", "feature", "x", "y", "color", "cohort", "cohorts"],
    select,
    render: async () => {
      await show(async (current) => {
        const { x, y, color } = store.selection;
        const names = ["x", "y", "color"];
        const [across, up, shade] = await Promise.all([x, y, color].map((c, i) => axis(context, allowed(c, names[i]))));
        const labels = await context.host.texts("label");
        const shown = await Promise.all([across, up].map(({ numbers }) => ofShown(context, numbers ?? [])));
        return current() ? draw(across, up, shade, labels, shown) : null;
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

  /** @param {Axis} across @param {Axis} up @param {Axis} shade @param {string[]} labels @param {ArrayLike<number>[]} shown */
  function draw(across, up, shade, labels, [xs, ys]) {
    const { number, count } = figures(words, manifest);
    const { numbers: colored, ends } = colorOf(context, shade);
    const { shades, low, high } = shadesOf(colored ?? []);
    const given = {
      across, up, xs, ys, shades: colored ? shades : null, labels, rings, width: root.clientWidth,
      hover: (/** @type {number|null} */ row) => { readout.textContent = say(row ?? store.selection.row); },
    };
    const chart = across.levels ? levelChart(context, { ...given, levels: across.levels }) : scatter(context, given);
    ringsOf = chart.ringsOf;
    say = (row) => (row === null ? "" : [words.at(visible(labels[row])),
      ...[across, up, shade].filter((a, i, all) => a.kind !== "none" && all.findIndex((b) => b.label === a.label) === i)
        .map((a) => `${a.label}\u00a0=\u00a0${visible(cellText(a, row, number, words.missing))}`)].join(" · "));
    const lost = across.levels ? 0 : Array.from(xs).filter((v, i) => !Number.isFinite(v) && Number.isFinite(ys[i])).length;
    return [
      el("h2", {}, titleOf(across, up, chart.best)),
      el("p", { class: "said" }, across.levels ? words.levelsSaid : words.featureSaid),
      controls(),
      high > low ? key(`${shade.label}: ${ends ? visible(ends[0]) : number(low)}`, ends ? visible(ends[1]) : number(high)) : null,
      chart.node,
      readout,
      lost ? el("p", { class: "said" }, words.withoutValue(count(lost))) : null,
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
