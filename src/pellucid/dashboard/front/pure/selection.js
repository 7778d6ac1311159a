/** The selection as a text, such as the hash of an address, and back. */

import { cohortsText, readCohorts } from "./cohorts.js";

/** @typedef {import("../types.js").Selection} Selection */

/** @type {(keyof Selection)[]} */
const NUMBERS = ["output", "feature", "row", "top", "rowTop"];

/**
 * @param {Selection} selection
 * @param {Selection} usual  what is not said is as it is here
 */
export function selectionText(selection, usual) {
  const said = new URLSearchParams();
  for (const key of /** @type {(keyof Selection)[]} */ (Object.keys(usual))) {
    const text = textOf(selection, key);
    if (text !== textOf(usual, key)) said.set(key, text);
  }
  return said.toString();
}

/** @param {Selection} selection @param {keyof Selection} key */
function textOf(selection, key) {
  return key === "cohorts" ? cohortsText(selection.cohorts ?? []) : String(selection[key] ?? "");
}

/**
 * Read a selection; what makes no sense in it is left as usual.
 *
 * @param {string} text
 * @param {Selection} usual
 * @param {import("../types.js").Manifest} manifest
 * @returns {Selection}
 */
export function readSelection(text, usual, manifest) {
  const said = new URLSearchParams(text);
  /** @type {any} */
  const found = { ...usual };
  const { n_sent: rows, n_outputs: outputs, features } = manifest;
  const within = {
    output: [outputs > 1 ? -1 : 0, outputs - 1],
    feature: [0, features.length - 1],
    row: [0, rows - 1],
    top: [1, features.length],
    rowTop: [1, features.length],
  };
  for (const key of NUMBERS) {
    const [low, high] = within[/** @type {keyof typeof within} */ (key)];
    const value = whole(said.get(key));
    if (value !== null && value >= low && value <= high) found[key] = value;
  }
  const axis = /^(none|prediction|label|error|predicted|outcome|value|contribution|(value|contribution):\d+)$/u;
  for (const key of /** @type {const} */ (["x", "y", "color"])) {
    const choice = said.get(key) ?? "";
    if (axis.test(choice) && Number(choice.split(":")[1] ?? 0) < features.length) found[key] = choice;
  }
  const choices = {
    show: ["strips", "boxes", "bars"], measure: ["meanAbs", "mean", "maxAbs"], rowOrder: ["size", "overall", "name"],
    compare: ["rows", "cohorts", "results"], columns: ["raw", "engineered"],
  };
  for (const [key, allowed] of Object.entries(choices)) {
    if (allowed.includes(said.get(key) ?? "")) found[key] = said.get(key);
  }
  for (const [key, most] of /** @type {["pins"|"others", number][]} */ ([["pins", rows], ["others", (manifest.others ?? []).length]])) {
    const places = (said.get(key) ?? "").split(",").map(whole).filter((p) => p !== null && p >= 0 && p < most);
    if (said.has(key)) found[key] = [...new Set(places)].slice(0, key === "pins" ? 5 : 4);
  }
  if (said.has("cohorts")) found.cohorts = readCohorts(said.get("cohorts") ?? "", manifest);
  const cohort = whole(said.get("cohort"));
  for (const key of ["row", "cohort"]) if (said.get(key) === "") found[key] = null;
  if (cohort !== null && cohort >= 0 && cohort < found.cohorts.length) found.cohort = cohort;
  return found;
}

/** @param {string|null} text */
function whole(text) {
  return text !== null && /^-?\d{1,9}$/u.test(text) ? Number(text) : null;
}
