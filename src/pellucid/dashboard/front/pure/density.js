/** How many points lie where: along a line, and in each pixel of a picture. */

import { extent } from "./ticks.js";

/** @typedef {import("../types.js").Strip} Strip */

const NO_SHADE = 255;

/**
 * Spread the counts of a strip's bins over pixels; what lies in view is neither lost nor added to.
 *
 * @param {Strip} strip
 * @param {import("./ticks.js").Scale} scale
 * @param {number} width  in pixels
 * @returns {{rows: Float64Array, shades: Float64Array}} rows per pixel, and their mean shade from 0
 *     to 1, NaN where it is not known
 */
export function stripProfile(strip, scale, width) {
  const rows = new Float64Array(width);
  const shaded = new Float64Array(width);
  const shades = new Float64Array(width);
  const n = strip.counts.length;
  const step = (strip.high - strip.low) / n;
  for (let b = 0; b < n; b++) {
    const count = strip.counts[b];
    if (!count) continue;
    const left = scale.at(strip.low + b * step);
    const right = Math.max(scale.at(strip.low + (b + 1) * step), left + 1e-9);
    const last = Math.min(width - 1, Math.floor(right));
    for (let p = Math.max(0, Math.floor(left)); p <= last; p++) {
      const share = (count * (Math.min(right, p + 1) - Math.max(left, p))) / (right - left);
      if (!(share > 0)) continue;
      rows[p] += share;
      if (strip.shades[b] === NO_SHADE) continue;
      shaded[p] += share;
      shades[p] += share * (strip.shades[b] / (NO_SHADE - 1));
    }
  }
  for (let p = 0; p < width; p++) shades[p] = shaded[p] > 0 ? shades[p] / shaded[p] : NaN;
  return { rows, shades };
}

/**
 * Count rows in bins of equal width; numbers that are missing or outside are left out.
 *
 * @param {ArrayLike<number>} numbers
 * @param {number} low
 * @param {number} high
 * @param {number} bins
 */
export function histogram(numbers, low, high, bins) {
  const counts = new Uint32Array(bins);
  if (!(high > low)) return counts;
  const scale = bins / (high - low);
  for (let i = 0; i < numbers.length; i++) {
    const v = numbers[i];
    if (v >= low && v <= high) counts[Math.min(bins - 1, Math.floor((v - low) * scale))]++;
  }
  return counts;
}

/**
 * A strip of some rows, as the aggregates have it of all rows.
 *
 * @param {ArrayLike<number>} values
 * @param {ArrayLike<number>} shades  from 0 to 1, or NaN
 * @param {number} bins
 * @returns {Strip}
 */
export function stripOf(values, shades, bins) {
  const [low, high] = extent(values);
  const counts = new Uint32Array(bins);
  const total = new Float64Array(bins);
  const known = new Float64Array(bins);
  const scale = high > low ? bins / (high - low) : 0;
  for (let i = 0; i < values.length; i++) {
    const b = Math.min(bins - 1, Math.floor((values[i] - low) * scale));
    if (!(b >= 0)) continue;
    counts[b]++;
    if (shades[i] >= 0) {
      known[b]++;
      total[b] += shades[i];
    }
  }
  const means = Uint8Array.from(counts, (_, b) =>
    known[b] ? Math.round((NO_SHADE - 1) * (total[b] / known[b])) : NO_SHADE);
  return { feature: -1, low, high, counts, shades: means };
}

/**
 * Stamp a disc for each point into a grid of pixels: points in a pixel are counted first, and stamped at once.
 *
 * @param {ArrayLike<number>} xs  NaN is left out
 * @param {ArrayLike<number>} ys
 * @param {ArrayLike<number>} shades  from 0 to 1, or NaN
 * @param {number} width  in pixels
 * @param {number} height
 * @param {number} radius
 * @param {number} ratio  pixels for each unit of xs and ys
 * @returns {{counts: Uint32Array, known: Uint32Array, shades: Float32Array}} points in each pixel,
 *     those of them with a shade, and the sum of their shades
 */
export function splat(xs, ys, shades, width, height, radius, ratio = 1) {
  const reach = Math.ceil(radius);
  const grid = (/** @type {number} */ n) => ({ counts: new Uint32Array(n), known: new Uint32Array(n), shades: new Float32Array(n) });
  // Points around the picture reach into it.
  const [w, h] = [width + 2 * reach, height + 2 * reach];
  const points = grid(w * h);
  for (let i = 0; i < xs.length; i++) {
    const x = Math.round(xs[i] * ratio) + reach;
    const y = Math.round(ys[i] * ratio) + reach;
    if (!(x >= 0 && x < w && y >= 0 && y < h)) continue;
    const at = y * w + x;
    points.counts[at]++;
    const shade = shades[i];
    if (shade >= 0) {
      points.known[at]++;
      points.shades[at] += shade;
    }
  }
  const discs = grid(width * height);
  for (let from = 0; from < w * h; from++) {
    if (!points.counts[from]) continue;
    const [x, y] = [(from % w) - reach, Math.floor(from / w) - reach];
    for (let py = Math.max(0, y - reach); py <= Math.min(height - 1, y + reach); py++) {
      for (let px = Math.max(0, x - reach); px <= Math.min(width - 1, x + reach); px++) {
        if ((px - x) ** 2 + (py - y) ** 2 > radius * radius) continue;
        const at = py * width + px;
        discs.counts[at] += points.counts[from];
        discs.known[at] += points.known[from];
        discs.shades[at] += points.shades[from];
      }
    }
  }
  return discs;
}
