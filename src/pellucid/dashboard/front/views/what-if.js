/** What the model would predict if a row were different: it is asked while values are moved. */

import { choice, el } from "../dom.js";
import { newest } from "../pure/newest.js";
import { descending } from "../pure/order.js";
import { elide, isolated, visible } from "../pure/text.js";
import { rowOutput } from "./axes.js";
import { button, figures, outputName, panel, said as sentence } from "./parts.js";
import { curveChart, explanationChart, predictionList } from "./what-if-answers.js";
import { inputLine } from "./what-if-inputs.js";

/** @typedef {import("../types.js").Context} Context */
/** @typedef {import("./what-if-inputs.js").Input} Input */
/** @typedef {{row: number, changes: Map<number, number|null>, active: number, followed: boolean, explained: {of: string, changed: string, answer: any}|null}} Kept  by inputs' numbers */
/** @typedef {{space: string, predictions: number[], explained: number[]|null, cells: (number|string|null)[]}} Prediction */

/** What was changed stays so when the page is drawn anew, in another width or in other columns. @type {WeakMap<object, Kept>} */
const states = new WeakMap();

const FEW = 8;
const QUICK = 600;

/**
 * @param {Context} context
 * @returns {import("../types.js").View}
 */
export function whatIf(context) {
  const { host, manifest, words, store } = context;
  const { root, show } = panel("whatif", words);
  /** @type {Promise<{inputs: Input[], engineered: boolean}>|null} */
  let asked = null;
  let all = false;
  let version = 0;
  /** @param {number} row @returns {Kept} */
  const stateOf = (row) => {
    const known = states.get(host.place);
    const state = known?.row === row ? known : { row, changes: new Map(), active: -1, followed: false, explained: null };
    states.set(host.place, state);
    return state;
  };
  /** The question before, whose answer is waited for: a slow model is asked one thing at a time. @type {Promise<any>} */
  let last = Promise.resolve();
  return {
    root,
    reads: ["output", "row"],
    render: () => show(async (current) => {
      const { row } = store.selection;
      const mine = ++version;
      if (row === null) return [el("h2", {}, words.whatIfTitle), sentence(words.noRowSaid)];
      stateOf(row);
      if (!root.firstChild) root.append(el("h2", {}, words.whatIfTitle), sentence(words.asking));
      await last.catch(() => {});
      if (!current()) return null;
      asked ??= host.call("inputs", {}).catch((error) => {
        asked = null;
        throw error;
      });
      const output = rowOutput(context);
      const first = host.call("predict", { row, changes: {} });
      last = first;
      const [{ inputs, engineered }, before, found] = await Promise.all([asked, first, host.call("row", { row, output })]);
      return current() ? draw({ row, output, inputs, engineered, before, found, alive: () => mine === version }) : null;
    }),
  };

  /** @param {{row: number, output: number, inputs: Input[], engineered: boolean, before: Prediction, found: import("../types.js").Row, alive: () => boolean}} given */
  function draw({ row, output, inputs, engineered, before, found, alive }) {
    const { count, fixed } = figures(words, manifest);
    const label = isolated(elide(found.label, 40));
    const state = stateOf(row);
    const { changes } = state;
    const size = (/** @type {Input} */ { features }) => (features.length ? Math.abs(features.reduce((sum, j) => sum + found.values[j], 0)) : -1);
    const order = descending(inputs.map(size)).filter((i) => inputs[i].kind !== "fixed");
    const chosen = order.find((i) => inputs[i].features.includes(store.selection.feature));
    if (state.active < 0) state.active = chosen ?? order[0] ?? 0;

    const title = el("h2", {}, words.whatIfRow(label));
    const said = sentence(engineered ? `${words.whatIfSaid} ${words.whatIfGiven}` : words.whatIfSaid);
    const predicted = el("div", { class: "predicted" });
    const explained = el("div", { class: "explained" });
    const curve = el("div", { class: "curve" });
    const problem = el("p", { class: "failed", role: "alert", hidden: true });
    const lines = order.map((i) => inputLine(context, inputs[i], before.cells[i], changes.get(i), change(i)));
    const list = el("div", { class: "inputs" });
    const reset = button(words.resetAll, () => undo(), { "data-focus": "reset" });
    const again = button(words.explainAgain, () => { state.followed = true; explain(); }, { "data-focus": "again" });
    const more = choice(words.features, [FEW, order.length].map((n) => ({ value: String(n), text: n === order.length ? words.allFeatures(count(n)) : count(n) })),
      String(all ? order.length : FEW), (value) => { all = Number(value) > FEW; fill(); });
    const what = (/** @type {number} */ k) => (manifest.metric === null ? words.noun(before.space, manifest.classes ? isolated(elide(manifest.classes[k], 30)) : null) : outputName(context, k));

    /** Ask, and show that the answer takes its time, or why there is none. @param {HTMLElement} place @param {string} method @param {() => any} params @param {(answer: any) => void} take */
    const asking = (place, method, params, take) => newest(async (current) => {
      const slow = setTimeout(() => place.setAttribute("aria-busy", "true"), 150);
      try {
        const answer = await host.call(method, { row, changes: Object.fromEntries(changes), ...params() });
        if (!alive() || !current()) return;
        problem.hidden = true;
        take(answer);
      } catch (error) {
        if (!alive() || !current()) return;
        problem.textContent = words.failed(visible(error instanceof Error ? error.message : String(error)));
        problem.hidden = false;
        place.classList.add("stale");
      } finally {
        clearTimeout(slow);
        if (alive() && current()) place.removeAttribute("aria-busy");
      }
    });
    /** @type {ReturnType<typeof setTimeout>|undefined} */
    let telling;
    const predict = asking(predicted, "predict", () => ({}), (/** @type {Prediction} */ now) => {
      const k = Math.min(output, now.predictions.length - 1);
      const [old, next] = [fixed(before.predictions[k]), fixed(now.predictions[k])];
      title.textContent = !changes.size ? words.whatIfRow(label)
        : next === old ? words.whatIfSame(label, what(k), old) : words.whatIfNow(label, what(k), next, old);
      predicted.classList.remove("stale");
      predicted.replaceChildren(...predictionList(context, { before, now, chosen: k, name: what(k) }));
      clearTimeout(telling);
      if (changes.size) telling = setTimeout(() => context.announce(title.textContent ?? ""), 700);
    });
    const of = `${output} ${store.selection.columns}`;
    const changed = () => JSON.stringify([...changes]);
    const showExplained = () => {
      if (state.explained?.of !== of) return;
      explained.classList.toggle("stale", state.explained.changed !== changed());
      explained.replaceChildren(...explanationChart(context, state.explained.answer, explained.clientWidth));
    };
    let then = "";
    const explain = asking(explained, "explain", () => { then = changed(); return { output }; }, (answer) => {
      state.explained = { of, changed: then, answer };
      showExplained();
    });
    const draws = asking(curve, "ice", () => ({ input: state.active, output }), (answer) => {
      curve.classList.remove("stale");
      const { active } = state;
      const now = changes.has(active) ? changes.get(active) ?? null : before.cells[active];
      curve.replaceChildren(...curveChart(context, inputs[active], answer, { was: before.cells[active], now }, curve.clientWidth));
    });

    /** @param {number} i @returns {(value: number|null|undefined) => void} */
    function change(i) {
      return (value) => {
        state.active = i;
        if (value === undefined) changes.delete(i);
        else changes.set(i, value);
        ask();
      };
    }
    function ask() {
      reset.disabled = !changes.size;
      predict();
      if (manifest.calls.includes("ice")) draws();
      explained.classList.toggle("stale", state.explained?.changed !== changed());
      if (!state.followed) return;
      const began = performance.now();
      // Where explaining takes long, it waits to be asked for.
      explain().then(() => { state.followed = performance.now() - began < QUICK; });
    }
    function undo() {
      changes.clear();
      for (const line of lines) line.undo();
      ask();
    }
    function fill() {
      list.replaceChildren(...lines.slice(0, all ? undefined : FEW).map((line) => line.node));
    }
    fill();
    reset.disabled = !changes.size;
    predicted.replaceChildren(...predictionList(context, { before, now: before, chosen: Math.min(output, before.predictions.length - 1), name: what(Math.min(output, before.predictions.length - 1)) }));
    requestAnimationFrame(() => {
      showExplained();
      if (changes.size) ask();
      else if (manifest.calls.includes("ice") && order.length) draws();
    });
    const left = inputs.length - order.length;
    const told = before.explained?.[output] ?? found.prediction;
    const other = Math.abs(told - found.prediction) > 1e-6 + 1e-4 * Math.max(Math.abs(told), Math.abs(found.prediction));
    return [
      title, said,
      other ? el("p", { class: "note warning", role: "alert" }, words.otherModel(fixed(told), fixed(found.prediction))) : null,
      el("div", { class: "halves" }, predicted,
        el("div", { class: "moved" }, el("div", { class: "controls" }, order.length > FEW ? more : null, reset), list,
          left ? sentence(words.fixedInputs(count(left))) : null),
        el("div", {}, problem, curve,
          manifest.calls.includes("explain") ? el("div", { class: "controls" }, again) : null, explained)),
    ];
  }
}
