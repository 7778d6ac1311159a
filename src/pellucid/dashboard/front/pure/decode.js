/** Chunks of bytes as arrays and texts; `chunks.py` says how they are made. */

/** @typedef {import("../types.js").Numbers} Numbers */

const HEAD = 16;
const ROUNDED = 9;
const NO_CODE = 65535;
const TYPES = [
  Uint8Array, Uint16Array, Uint32Array, Int8Array, Int16Array, Int32Array, Float32Array, Float64Array,
];

/**
 * @param {string} text  base64
 * @returns {Uint8Array<ArrayBuffer>}
 */
export function bytesOf(text) {
  const given = /** @type {any} */ (Uint8Array);
  if (given.fromBase64) return given.fromBase64(text);
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
}

/**
 * @param {Uint8Array<ArrayBuffer>} chunk
 * @returns {Promise<{rows: number, columns: number, numbers: Numbers}>}
 */
export async function decodeNumbers(chunk) {
  const { kind, rows, columns, body } = await open(chunk);
  if (kind === ROUNDED) return { rows, columns, numbers: unrounded(body, rows) };
  const Type = TYPES[kind];
  return { rows, columns, numbers: new Type(body.buffer, 0, rows * columns) };
}

/**
 * @param {Uint8Array<ArrayBuffer>} chunk
 * @returns {Promise<string[]>}
 */
export async function decodeTexts(chunk) {
  const { rows, body } = await open(chunk);
  const offsets = new Uint32Array(body.buffer, 0, rows + 1);
  const start = 4 * (rows + 1);
  const decoder = new TextDecoder();
  const all = decoder.decode(body.subarray(start));
  // Texts of plain letters, such as numbers of rows, are cut out of the whole.
  if (all.length === body.length - start) return Array.from({ length: rows }, (_, i) => all.slice(offsets[i], offsets[i + 1]));
  return Array.from({ length: rows }, (_, i) =>
    decoder.decode(body.subarray(start + offsets[i], start + offsets[i + 1])));
}

/** @param {Uint8Array<ArrayBuffer>} body @param {number} rows */
function unrounded(body, rows) {
  const [low, step] = new Float64Array(body.buffer, 0, 2);
  const codes = new Uint16Array(body.buffer, 16, rows);
  const numbers = new Float32Array(rows);
  for (let i = 0; i < rows; i++) numbers[i] = codes[i] === NO_CODE ? NaN : low + step * codes[i];
  return numbers;
}

/** @param {Uint8Array<ArrayBuffer>} chunk */
async function open(chunk) {
  const head = new DataView(chunk.buffer, chunk.byteOffset, HEAD);
  const kind = head.getUint8(0);
  const size = head.getUint32(12, true);
  const itemSize = kind < TYPES.length ? TYPES[kind].BYTES_PER_ELEMENT : 1;
  const packed = chunk.subarray(HEAD);
  // The body starts at an even address of its own, as arrays of wide items need it.
  const body = head.getUint8(1) ? fromPlanes(await inflate(packed), itemSize) : packed.slice();
  if (body.length !== size) throw new Error("a part of this dashboard is damaged");
  return { kind, rows: head.getUint32(4, true), columns: head.getUint32(8, true), body };
}

/** @param {Uint8Array<ArrayBuffer>} packed */
async function inflate(packed) {
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/**
 * Put the bytes of each item side by side again.
 *
 * @param {Uint8Array<ArrayBuffer>} planes  first bytes of all items, then their second bytes, …
 * @param {number} itemSize
 */
export function fromPlanes(planes, itemSize) {
  if (itemSize === 1) return planes;
  const n = planes.length / itemSize;
  const bytes = new Uint8Array(planes.length);
  for (let b = 0; b < itemSize; b++) {
    for (let i = 0, from = b * n; i < n; i++) bytes[i * itemSize + b] = planes[from + i];
  }
  return bytes;
}
