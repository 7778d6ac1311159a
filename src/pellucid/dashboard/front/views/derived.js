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
  // What failed may be asked for again.
  found.catch(() => own.delete(key));
  return found;
}

/** The predictions of all outputs. @param {Context} context @returns {Promise<Numbers[]>} */
export function scoresOf({ host, manifest }) {
  return Promise.all(Array.from({ length: manifest.n_outputs }, (_, k) => host.column(`prediction/${k}`)));
}

/** The class with the highest score of a row; of equal ones the first. @param {ArrayLike<number>[]} scores @param {number} row */
export function highest(scores, row) {
  return scores.reduce((best, own, k) => (own[row] > scores[best][row] ? k : best), 0);
}

/** @param {Context} context */
export function predictedColumn(context) {
  return once(context.host, "predicted", async () => {
    const scores = await scoresOf(context);
    return Uint16Array.from(scores[0], (_, row) => highest(scores, row));
  });
}

/** Whether the class with the highest score is the true one. @param {Context} context */
export function outcomeColumn(context) {
  return once(context.host, "outcome", async () => {
    const [truth, predicted] = await Promise.all([context.host.column("truth/0"), predictedColumn(context)]);
    return Uint8Array.from(truth, (label, row) => Number(label === predicted[row]));
  });
}

/**
 * The prediction minus the label; of classes, what the true one's probability lacks of 1, or how far
 * the highest other score is above the true one's.
 *
 * @param {import("../types.js").Manifest} manifest
 * @param {ArrayLike<number>[]} scores
 * @param {ArrayLike<number>} truth
 * @param {number} k  output
 * @param {number} row
 */
export function errorIn(manifest, scores, truth, k, row) {
  const label = truth[row];
  if (manifest.labels !== "classes") return scores[k][row] - label;
  if (manifest.output_space === "probability") return 1 - scores[label][row];
  return scores.reduce((most, own, j) => (j === label ? most : Math.max(most, own[row])), -Infinity) - scores[label][row];
}

/** @param {Context} context @param {number} k  output */
export function errorColumn(context, k) {
  const { host, manifest } = context;
  const own = manifest.labels === "classes" ? 0 : k;
  return once(host, `error/${own}`, async () => {
    const [scores, truth] = await Promise.all([scoresOf(context), host.column(`truth/${own}`)]);
    return Float64Array.from(truth, (_, row) => errorIn(manifest, scores, truth, k, row));
  });
}
