/** What all hosts do alike that are told chunks of bytes by name: they decode each once. */

import { readAggregates } from "./pure/aggregates.js";
import { writerOf } from "./pure/dates.js";
import { decodeNumbers, decodeTexts } from "./pure/decode.js";

/** @typedef {import("./types.js").Numbers} Numbers */
/** @typedef {import("./types.js").Manifest} Manifest */
/** @typedef {import("./types.js").Host} Host */

const MOST_KEPT = 60;

/**
 * @param {{manifest: Manifest, chunk: (name: string) => Promise<Uint8Array<ArrayBuffer>>,
 *     call?: Host["call"], place: Host["place"], embedded?: boolean}} given  without `call`, rows are read from chunks
 * @returns {Host}
 */
export function chunkHost({ manifest, chunk, call, place, embedded }) {
  /** @type {Map<string, Promise<any>>} */
  const read = new Map();
  /** What failed may be asked for again. @template T @param {string} name @param {() => Promise<T>} make @returns {Promise<T>} */
  const once = (name, make) => {
    const found = read.get(name) ?? make();
    read.delete(name);
    read.set(name, found);
    found.catch(() => read.delete(name));
    if (call && read.size > MOST_KEPT) read.delete(String(read.keys().next().value));
    return found;
  };
  const numbers = (/** @type {string} */ name) => once(name, async () => decodeNumbers(await chunk(name)));
  const texts = (/** @type {string} */ name) => once(name, async () => decodeTexts(await chunk(name)));

  /** All features of an output, one after the other. @param {string} kind @param {number} output */
  const whole = (kind, output) => {
    if (!(manifest.mirrored && output === 0)) return numbers(`${kind}/${output}`);
    return once(`mirrored ${kind}`, async () => {
      const other = await numbers(`${kind}/1`);
      const sign = kind === "contribution" ? -1 : 1;
      return { ...other, numbers: Float64Array.from(other.numbers, (v) => sign * v + 0) };
    });
  };

  /** @param {string} name @returns {Promise<Numbers>} */
  const column = async (name) => {
    const [kind, first, second] = name.split("/");
    const isWhole = !manifest.by_column && (kind === "contribution" || kind === "std_error");
    if (!isWhole) return (await numbers(name)).numbers;
    const { columns, numbers: all } = await whole(kind, Number(first));
    return all.subarray(Number(second) * columns, (Number(second) + 1) * columns);
  };

  /** @type {Host["call"]} */
  const rowFromChunks = async (_, { row: asked, label, output }) => {
    const labels = await texts("label");
    const row = label === undefined ? asked : labels.indexOf(label);
    if (row < 0) throw new Error(`there is no row ${label}`);
    const outputs = Array.from({ length: manifest.n_outputs }, (_, k) => k);
    const kinds = manifest.has_errors ? ["contribution", "std_error"] : ["contribution"];
    const nTruths = manifest.labels === null ? 0 : manifest.labels === "classes" ? 1 : manifest.n_outputs;
    const [[values, errors], predictions, base, truth, cells] = await Promise.all([
      Promise.all(kinds.map(async (kind) => {
        const { rows, columns, numbers: all } = await whole(kind, output);
        return Float64Array.from({ length: rows }, (_, j) => all[j * columns + row]);
      })),
      Promise.all(outputs.map((k) => column(`prediction/${k}`))),
      column(`base/${output}`),
      Promise.all(Array.from({ length: nTruths }, async (_, k) => (await column(`truth/${k}`))[row])),
      Promise.all(manifest.features.map(async ({ kind }, j) => {
        if (kind === "none") return null;
        const found = await column(`value/${j}`);
        if (kind === "date" && Number.isFinite(found[row])) return writerOf(found)(found[row]);
        return kind === "category" ? (await texts(`levels/${j}`))[found[row]] ?? null : found[row];
      })),
    ]);
    return { row, label: labels[row], values, errors: errors ?? null, base: base[row],
      prediction: predictions[output][row], predictions: predictions.map((column) => column[row]), truth, cells };
  };

  const answer = call ?? rowFromChunks;
  /** Several views show the row that is chosen. @type {{asked: string, found: Promise<any>}} */
  let last = { asked: "", found: Promise.resolve() };
  /** @type {Host["call"]} */
  const answerOnce = (method, params) => {
    if (method !== "row") return answer(method, params);
    const asked = JSON.stringify(params);
    if (last.asked !== asked) {
      const mine = { asked, found: answer(method, params) };
      last = mine;
      mine.found.catch(() => { mine.asked = ""; });
    }
    return last.found;
  };

  // Engineered columns are asked for as if they were all that there is.
  const engineered = manifest.engineered ? chunkHost({
    manifest: manifest.engineered, place, embedded, chunk: (name) => chunk(`engineered/${name}`),
    call: call && ((method, params) => call(method, { ...params, columns: "engineered" })),
  }) : undefined;

  return {
    manifest, column, texts, place, embedded, engineered,
    call: answerOnce,
    aggregates: (output) => readAggregates(
      async (part) => (await numbers(`aggregates/${outputKey(output)}/${part}`)).numbers, manifest.features.length),
  };
}

/** @param {number} output */
export function outputKey(output) {
  return output < 0 ? "all" : String(output);
}

/** What the address is to say. @type {string|null} */
let unsaid = null;
/** @type {ReturnType<typeof setTimeout>|undefined} */
let waiting;

function sayAddress() {
  clearTimeout(waiting);
  const text = unsaid;
  unsaid = null;
  // Frames without an origin of their own may not write their address.
  try {
    if (text !== null) history.replaceState(null, "", `#${text}`);
  } catch {
    return;
  }
}

/**
 * The selection in the address of the page. To write one costs the browser more than to show the
 * selection, so that it is written when nothing has changed for a moment, or the page is left.
 *
 * @type {Host["place"]}
 */
export const addressPlace = {
  read: () => unsaid ?? location.hash.slice(1),
  write: (text) => {
    unsaid = text;
    clearTimeout(waiting);
    waiting = setTimeout(sayAddress, 250);
  },
  listen: (moved) => {
    const follow = () => {
      unsaid = null;
      moved();
    };
    window.addEventListener("hashchange", follow);
    return () => window.removeEventListener("hashchange", follow);
  },
};

/** Keep something for as long as the tab lives, for this address; frames may not. @template T @param {(kept: Storage, key: string) => T} use */
function forThisAddress(use) {
  try {
    return use(sessionStorage, `pellucid ${location.href}`);
  } catch {
    return null;
  }
}

// Browsers forget an address that is written while a page is left: it waits here for the page to come back.
unsaid = forThisAddress((kept, key) => {
  const [visit] = /** @type {PerformanceNavigationTiming[]} */ (performance.getEntriesByType("navigation"));
  const text = kept.getItem(key);
  kept.removeItem(key);
  return visit.type === "navigate" ? null : text;
});
sayAddress();
window.addEventListener("pagehide", () => {
  const text = unsaid;
  forThisAddress((kept, key) => (text === null ? kept.removeItem(key) : kept.setItem(key, text)));
  sayAddress();
});
document.addEventListener("visibilitychange", sayAddress);
