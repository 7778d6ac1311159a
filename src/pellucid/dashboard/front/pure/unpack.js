/** Answers of a live host; `answers.py` says how they are packed. */

/**
 * @param {Uint8Array<ArrayBuffer>} bytes
 * @returns {any} in it, chunks are arrays of bytes
 */
export function unpack(bytes) {
  const length = new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0, true);
  const behind = bytes.subarray(4 + length);
  return JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + length)), (_, value) => {
    const place = value?.chunk;
    return Array.isArray(place) ? behind.subarray(place[0], place[0] + place[1]) : value;
  });
}
