/** One input of the model: a slider with a box for numbers, or a choice of levels. */

import { el, place } from "../dom.js";
import { isolated, visible } from "../pure/text.js";
import { figures, nameOf } from "./parts.js";

/**
 * @typedef {object} Input  as `inputs.py` describes it
 * @property {string} name
 * @property {"number"|"category"|"fixed"} kind
 * @property {number[]} features  that it has a part in
 * @property {boolean} can_miss
 * @property {number} low
 * @property {number} high
 * @property {number} least
 * @property {number} most
 * @property {boolean} whole
 * @property {string[]} levels
 */

/** Steps of a slider are round numbers, about two hundred of them. @param {Input} input @param {number} low @param {number} high */
export function stepOf({ whole }, low, high) {
  const power = 10 ** Math.floor(Math.log10((high - low) / 100 || 1));
  const step = (high - low) / power > 500 ? 5 * power : power;
  return whole ? Math.max(1, Math.round(step)) : step;
}

/**
 * @param {import("../types.js").Context} context
 * @param {Input} input
 * @param {number|string|null} was
 * @param {number|null|undefined} now  what it was changed to before
 * @param {(value: number|null|undefined) => void} change  undefined is the value that it had
 * @returns {{node: HTMLElement, undo: () => void}}
 */
export function inputLine(context, input, was, now, change) {
  const { words, manifest } = context;
  const { number } = figures(words, manifest);
  const id = `input-${input.name.length}-${Math.random().toString(36).slice(2)}`;
  const name = isolated(visible(input.name)) || nameOf(context, input.features[0] ?? 0);
  const old = el("span", { class: "old" });
  const back = el("button", { type: "button", class: "action back", "aria-label": words.resetOne(name), title: words.resetOne(name), onclick: () => {
    undo();
    change(undefined);
  } }, "↺");
  const text = was === null ? words.missing : typeof was === "number" && input.kind === "number" ? number(was, 6) : visible(input.levels?.[Number(was)] ?? String(was));
  const tell = (/** @type {boolean} */ moved, beyond = false) => {
    back.classList.toggle("unused", !moved);
    back.tabIndex = moved ? 0 : -1;
    old.textContent = [moved ? words.wasValue(text) : "", beyond ? words.beyond(number(input.least, 4), number(input.most, 4)) : ""].filter(Boolean).join(" · ");
  };
  const said = el("label", { for: id, title: name }, el("bdi", {}, name));
  tell(false);
  const { controls, undo } = input.kind === "category" ? levels() : numbers();
  return { node: el("div", { class: "input" }, said, ...controls, back, old), undo };

  function levels() {
    const names = [...input.levels, ...(input.can_miss ? [words.missing] : [])];
    const first = was === null ? input.levels.length : was;
    const select = el("select", { id, class: "level", onchange: () => {
      const code = Number(select.value);
      tell(code !== first);
      change(code === first ? undefined : code === input.levels.length ? null : code);
    } }, ...names.map((level, code) => el("option", { value: code, selected: code === first }, visible(level))));
    if (now !== undefined) {
      select.value = String(now ?? input.levels.length);
      tell(true);
    }
    return { controls: [select], undo: () => { select.value = String(first); tell(false); } };
  }

  function numbers() {
    const value = typeof was === "number" ? was : NaN;
    const [low, high] = [Math.min(input.low, Number.isNaN(value) ? Infinity : value), Math.max(input.high, Number.isNaN(value) ? -Infinity : value)];
    const step = stepOf(input, low, high);
    const start = Math.floor(low / step) * step;
    const digits = Math.max(0, Math.min(20, -Math.floor(Math.log10(step) + 1e-9)));
    const middle = Number.isNaN(value) ? (low + high) / 2 : value;
    const slider = el("input", { type: "range", id, min: start, max: high > low ? Math.ceil(high / step - 1e-9) * step : start + step, step, "aria-label": name });
    slider.value = String(middle);
    const box = el("input", { type: "text", inputmode: "decimal", autocomplete: "off", "aria-label": words.valueOf(name), placeholder: words.missing });
    const write = (/** @type {number} */ v) => { box.value = Number.isNaN(v) ? "" : String(v); };
    const mark = place(el("span", { class: "mark", "aria-hidden": "true" }), {
      "--at": String((middle - start) / ((Number(slider.max) - start) || 1)), ...(Number.isNaN(value) ? { display: "none" } : {}) });
    const settle = (/** @type {number} */ next) => {
      const same = Object.is(next, value) || next === value;
      tell(!same, next < input.least || next > input.most);
      change(same ? undefined : Number.isNaN(next) ? null : next);
    };
    slider.addEventListener("input", () => {
      const next = Number(Number(slider.value).toFixed(digits));
      write(next);
      settle(next);
    });
    box.addEventListener("change", () => {
      const typed = box.value.trim();
      const next = typed === "" ? NaN : Number(typed.replace(/[\u2212]/u, "-").replace(",", "."));
      if (typed === "" ? !input.can_miss : !Number.isFinite(next)) {
        old.textContent = words.noNumber;
        return;
      }
      if (!Number.isNaN(next)) slider.value = String(next);
      settle(next);
    });
    write(now === undefined ? value : now ?? NaN);
    if (now !== undefined) {
      if (now !== null) slider.value = String(now);
      tell(true, now !== null && (now < input.least || now > input.most));
    }
    return {
      controls: [el("span", { class: "track" }, mark, slider), box],
      undo: () => { slider.value = String(middle); write(value); tell(false); },
    };
  }
}
