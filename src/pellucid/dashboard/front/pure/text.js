/** Numbers and names as people read them; nothing in a name can act. */

const MINUS = "\u2212";

/**
 * A name on one line: no control characters, and no marks that turn the text beside it around.
 *
 * @param {string} text
 */
export function visible(text) {
  return text
    .replace(/[\t\n\r\v\f\u2028\u2029]/gu, " ")
    .replace(/[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu, "")
    .replace(/[\p{Cc}\p{Cs}]/gu, "\ufffd");
}

/**
 * A name shortened in the middle, where names of one family differ least.
 *
 * @param {string} text
 * @param {number} most  characters
 */
export function elide(text, most) {
  const letters = Array.from(visible(text));
  if (letters.length <= most) return letters.join("");
  const head = Math.ceil((most - 1) / 2);
  return `${letters.slice(0, head).join("")}…${letters.slice(letters.length - (most - 1 - head)).join("")}`;
}

/**
 * Put a name between marks that keep its direction of writing to itself.
 *
 * @param {string} text
 */
export function isolated(text) {
  return /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/u.test(text) ? `\u2068${text}\u2069` : text;
}

/**
 * Writes numbers in one language.
 *
 * @param {string} language
 */
export function numberWriter(language) {
  /** @type {Map<string, Intl.NumberFormat>} */
  const known = new Map();
  /** What writes is slow to make. @param {string} key @param {number} value @param {() => Intl.NumberFormatOptions} options */
  const styled = (key, value, options) => {
    const found = known.get(key) ?? new Intl.NumberFormat(language, options());
    known.set(key, found);
    return found.format(value);
  };
  /** @type {(value: number, digits: number, decimals: boolean) => string} */
  const write = (value, digits, decimals) => styled(`${digits}${decimals}`, value, () => (decimals
    ? { minimumFractionDigits: digits, maximumFractionDigits: digits } : { maximumSignificantDigits: digits }));
  const size = (/** @type {number} */ v) => Math.floor(Math.log10(Math.abs(v)));
  const typeset = (/** @type {string} */ text) => text.replaceAll("-", MINUS);
  const odd = (/** @type {number} */ v) => v !== 0 && (size(v) < -5 || size(v) > 8);

  /** A number with some significant digits. @param {number} value @param {number} digits */
  const number = (value, digits = 3) => {
    if (Number.isNaN(value)) return "—";
    if (!Number.isFinite(value)) return value > 0 ? "∞" : `${MINUS}∞`;
    if (odd(value)) return typeset(styled("small", value, () => ({ notation: "scientific", maximumSignificantDigits: 3 })).replace("E", "e"));
    return typeset(write(value, Math.max(digits, value === 0 ? 1 : size(value) + 1), false));
  };
  /** Write a column of numbers with the same decimals. @param {ArrayLike<number>} values */
  const columnWriter = (values) => {
    const largest = Math.max(0, ...Array.from(values, Math.abs).filter(Number.isFinite));
    const decimals = largest > 0 ? Math.max(0, 2 - size(largest)) : 0;
    if (largest > 0 && odd(largest)) return number;
    return (/** @type {number} */ v) =>
      Number.isFinite(v) ? typeset(write(v, decimals, true)).replace(/^−([0.,]*)$/u, "$1") : number(v);
  };
  /** A number alone, with the zeros at its end. @param {number} value */
  const fixed = (value) => columnWriter([value])(value);
  /** @param {string} text */
  const signed = (text) => (/^[−—]/u.test(text) || !/[1-9∞]/u.test(text) ? text : `+${text}`);
  /** @param {number} value */
  const count = (value) => styled("count", value, () => ({ useGrouping: true }));
  /** @param {number} value */
  const percent = (value) => styled(`percent${value < 0.1}`, value, () => ({ style: "percent", maximumSignificantDigits: value < 0.1 ? 2 : 3 }));
  return { number, fixed, columnWriter, signed, count, percent };
}
