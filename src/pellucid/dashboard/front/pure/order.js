/** Orders, quantiles and the nearest point. */

/**
 * Positions from the largest number to the smallest; ties keep their order and NaN comes last.
 *
 * @param {ArrayLike<number>} numbers
 * @returns {number[]}
 */
export function descending(numbers) {
  const key = (/** @type {number} */ i) => (Number.isNaN(numbers[i]) ? -Infinity : numbers[i]);
  return Array.from({ length: numbers.length }, (_, i) => i).sort((a, b) => {
    const [one, other] = [key(a), key(b)];
    return one === other ? a - b : other > one ? 1 : -1;
  });
}

/**
 * @param {ArrayLike<number>} sorted  ascending
 * @param {number} share  from 0 to 1
 */
export function quantile(sorted, share) {
  if (!sorted.length) return NaN;
  const place = share * (sorted.length - 1);
  const below = Math.floor(place);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below] + (sorted[above] - sorted[below]) * (place - below);
}

/**
 * A number for each of many; `Float64Array.from` would take twenty times as long.
 *
 * @param {ArrayLike<number>} numbers
 * @param {(value: number, i: number) => number} of
 */
export function mapped(numbers, of) {
  const found = new Float64Array(numbers.length);
  for (let i = 0; i < found.length; i++) found[i] = of(numbers[i], i);
  return found;
}

/**
 * Place numbers between their low (0) and high (1) ones: the 5th and the 95th percentile.
 *
 * @param {ArrayLike<number>} numbers
 * @returns {Shades} NaN where a number is missing
 */
export function shadesOf(numbers) {
  const known = shaded.get(numbers) ?? newShades(numbers);
  shaded.set(numbers, known);
  return known;
}

/** @typedef {{shades: Float32Array, low: number, high: number}} Shades */

/** Columns stay as they are, and one gives the color of many charts. @type {WeakMap<ArrayLike<number>, Shades>} */
const shaded = new WeakMap();

/** @param {ArrayLike<number>} numbers @returns {Shades} */
function newShades(numbers) {
  const all = new Float64Array(numbers.length);
  let n = 0;
  for (let i = 0; i < numbers.length; i++) if (Number.isFinite(numbers[i])) all[n++] = numbers[i];
  const sorted = all.subarray(0, n).sort();
  let [low, high] = [quantile(sorted, 0.05), quantile(sorted, 0.95)];
  if (!(high > low)) [low, high] = [sorted[0] ?? NaN, sorted[n - 1] ?? NaN];
  const spread = high - low;
  const shades = new Float32Array(numbers.length);
  for (let i = 0; i < shades.length; i++) {
    const v = numbers[i];
    shades[i] = !Number.isFinite(v) ? NaN : spread > 0 ? Math.min(1, Math.max(0, (v - low) / spread)) : 0.5;
  }
  return { shades, low, high };
}

/**
 * The point nearest to a place, not further away than `most`; -1 if there is none.
 *
 * @param {ArrayLike<number>} xs
 * @param {ArrayLike<number>} ys
 * @param {number} x
 * @param {number} y
 * @param {number} most
 */
export function nearest(xs, ys, x, y, most) {
  let best = -1;
  let least = most * most;
  for (let i = 0; i < xs.length; i++) {
    const distance = (xs[i] - x) ** 2 + (ys[i] - y) ** 2;
    if (distance <= least) {
      best = i;
      least = distance;
    }
  }
  return best;
}

/**
 * How closely two columns rise together, from -1 to 1; NaN where one of them does not change.
 *
 * @param {ArrayLike<number>} xs
 * @param {ArrayLike<number>} ys
 */
export function correlation(xs, ys) {
  let [n, sx, sy, sxx, syy, sxy] = [0, 0, 0, 0, 0, 0];
  const [x0, y0] = [xs[0] || 0, ys[0] || 0];
  for (let i = 0; i < xs.length; i++) {
    const [x, y] = [xs[i] - x0, ys[i] - y0];
    if (!Number.isFinite(x) || !Number.isFinite(y)) continue;
    n++;
    sx += x;
    sy += y;
    sxx += x * x;
    syy += y * y;
    sxy += x * y;
  }
  const spread = Math.sqrt((n * sxx - sx * sx) * (n * syy - sy * sy));
  return spread > 0 ? (n * sxy - sx * sy) / spread : NaN;
}

/** How many have a number in the second column alone. @param {ArrayLike<number>} xs @param {ArrayLike<number>} ys */
export function lacking(xs, ys) {
  let n = 0;
  for (let i = 0; i < xs.length; i++) if (!Number.isFinite(xs[i]) && Number.isFinite(ys[i])) n++;
  return n;
}
