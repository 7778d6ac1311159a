/** The rows of a table as a file of comma-separated values. */

import { download } from "../dom.js";

/** @typedef {import("./axes.js").Axis} Axis */
/** @typedef {import("../types.js").Context} Context */

/** @param {Context} context @param {Axis[]} axes  behind the names of rows */
export function fileHead({ manifest, words }, axes) {
  return [words.row, ...axes.map(({ kind, feature, label }) => {
    const { name } = manifest.features[feature];
    return kind === "value" ? name : kind === "contribution" ? words.contributionOf(name) : label;
  })];
}

/** @param {BlobPart[]} parts  lines */
export function saveRows(parts) {
  download("rows.csv", new Blob(["\ufeff", ...parts], { type: "text/csv;charset=utf-8" }));
}
