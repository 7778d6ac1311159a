/** The host of a page that holds everything itself: chunks are in the document, and are read once. */

import { aggregatesOf } from "./pure/aggregates.js";
import { bytesOf, decodeNumbers, decodeTexts } from "./pure/decode.js";
import { mount } from "./mount.js";

/** @typedef {import("./types.js").Numbers} Numbers */
/** @typedef {import("./types.js").Manifest} Manifest */

/**
 * @param {Manifest} manifest
 * @param {string} home  what the names of its chunks begin with
 * @returns {import("./types.js").Host}
 */
export function fileHost(manifest, home = "") {
  /** @type {Map<string, Promise<any>>} */
  const read = new Map();
  /** @template T @param {string} name @param {() => Promise<T>} make @returns {Promise<T>} */
  const once = (name, make) => {
    const found = read.get(name) ?? make();
    read.set(name, found);
    return found;
  };
  const numbers = (/** @type {string} */ name) => once(name, async () => decodeNumbers(await chunk(home + name, manifest)));

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
    if (kind !== "contribution" && kind !== "std_error") return (await numbers(name)).numbers;
    const { columns, numbers: all } = await whole(kind, Number(first));
    return all.subarray(Number(second) * columns, (Number(second) + 1) * columns);
  };

  return {
    manifest,
    engineered: manifest.engineered ? fileHost(manifest.engineered, "engineered/") : undefined,
    column,
    texts: (name) => once(name, async () => decodeTexts(await chunk(home + name, manifest))),
    aggregates: async (output) => {
      const own = `aggregates/${outputKey(output)}`;
      const parts = ["measures", "strips", "ranges", "counts", "shades"];
      const found = await Promise.all(parts.map((part) => numbers(`${own}/${part}`)));
      return aggregatesOf(found.map((part) => part.numbers), manifest.features.length);
    },
    call: async (_, { row, output }) => {
      const kinds = manifest.has_errors ? ["contribution", "std_error"] : ["contribution"];
      const [values, errors] = await Promise.all(kinds.map(async (kind) => {
        const { rows, columns, numbers: all } = await whole(kind, output);
        return Float64Array.from({ length: rows }, (_, j) => all[j * columns + row]);
      }));
      const [base, prediction] = await Promise.all([column(`base/${output}`), column(`prediction/${output}`)]);
      return { values, errors: errors ?? null, base: base[row], prediction: prediction[row] };
    },
    place: {
      read: () => location.hash.slice(1),
      write: (text) => {
        // Frames without an origin of their own may not write their address.
        try {
          history.replaceState(null, "", `#${text}`);
        } catch {
          return;
        }
      },
    },
  };
}

/**
 * What the first picture needs stands before the script, and is there when it runs; all else is
 * there when the whole file has been read.
 *
 * @param {string} name
 * @param {Manifest} manifest
 */
async function chunk(name, manifest) {
  if (!name.startsWith(`aggregates/${outputKey(manifest.shown_output)}/`)) await wholeFile;
  const element = document.querySelector(`script[data-chunk="${name}"]`);
  if (!element) throw new Error(`this dashboard holds no ${name}`);
  return bytesOf((element.textContent ?? "").trim());
}

/** @param {number} output */
function outputKey(output) {
  return output < 0 ? "all" : String(output);
}

const wholeFile = document.readyState !== "loading" ? Promise.resolve()
  : new Promise((resolve) => document.addEventListener("DOMContentLoaded", resolve, { once: true }));
const given = document.getElementById("manifest");
const home = document.getElementById("pellucid");
if (given && home) mount({ el: home, host: fileHost(JSON.parse(given.textContent ?? "")) });
