/** Columns that follow from others: the class with the highest score, and how far predictions are off. */

/** @typedef {import("../types.js").Context} Context */
/** @typedef {import("../types.js").Numbers} Numbers */

/** @type {WeakMap<object, Map<string, Promise<any>>>} */
const known = new WeakMap();

/** Work something out once for a host. @template T @param {object} host @param {string} key @param {() => Promise<T>} make @returns {Promise<T>} */
export function once(host, key, make) {
  const own = known.get(host) ?? new Map();
  known.set(host, own);
  if (own.size > 60) own.clear();
  const found = own.get(key) ?? make();
  own.set(key, found);
  return found;
}

/** The predictions of all outputs. @param {Context} context @returns {Promise<Numbers[]>} */
export function scoresOf({ host, manifest }) {
  return Promise.all(Array.from({ length: manifest.n_outputs }, (_, k) => host.column(`prediction/${k}`)));
}

/** The class with the highest score; of equal ones the first. @param {Context} context */
export function predictedColumn(context) {
  return once(context.host, "predicted", async () => {
    const scores = await scoresOf(context);
    return Uint16Array.from(scores[0], (_, row) =>
      scores.reduce((best, own, k) => (own[row] > scores[best][row] ? k : best), 0));
  });
}

/**
 * The prediction minus the label; of classes, what the true one's probability lacks of 1, or how far
 * the highest other score is above the true one's.
 *
 * @param {Context} context
 * @param {number} k  output
 */
export function errorColumn(context, k) {
  const { host, manifest } = context;
  return once(host, `error/${manifest.labels === "classes" ? "" : k}`, async () => {
    const scores = await scoresOf(context);
    const truth = await host.column(`truth/${manifest.labels === "classes" ? 0 : k}`);
    if (manifest.labels !== "classes") return Float64Array.from(truth, (label, row) => scores[k][row] - label);
    if (manifest.output_space === "probability") return Float64Array.from(truth, (label, row) => 1 - scores[label][row]);
    return Float64Array.from(truth, (label, row) =>
      scores.reduce((most, own, j) => (j === label ? most : Math.max(most, own[row])), -Infinity) - scores[label][row]);
  });
}
