/** Aggregates as they travel, and as the page uses them. */

/** @typedef {import("../types.js").Numbers} Numbers */

const PARTS = ["measures", "strips", "ranges", "counts", "shades"];

/**
 * @param {(part: string) => Promise<Numbers>} read
 * @param {number} d  number of features
 */
export async function readAggregates(read, d) {
  return aggregatesOf(await Promise.all(PARTS.map(read)), d);
}

/**
 * @param {Numbers[]} parts
 * @param {number} d
 * @returns {import("../types.js").Aggregates}
 */
function aggregatesOf([measures, strips, ranges, counts, shades], d) {
  const measure = (/** @type {number} */ i) => measures.subarray(i * d, (i + 1) * d);
  const own = strips.length ? ranges.length / strips.length : 0;
  const bins = strips.length ? counts.length / strips.length : 0;
  return {
    meanAbs: measure(0),
    meanAbsError: measure(1),
    mean: measure(2),
    meanError: measure(3),
    maxAbs: measure(4),
    strips: new Map(Array.from(strips, (feature, i) => [feature, {
      feature,
      low: ranges[own * i],
      high: ranges[own * i + 1],
      quantiles: ranges.subarray(own * i + 2, own * (i + 1)),
      counts: counts.subarray(i * bins, (i + 1) * bins),
      shades: shades.subarray(i * bins, (i + 1) * bins),
    }])),
  };
}
