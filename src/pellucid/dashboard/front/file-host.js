/** The host of a page that holds everything itself: chunks are in the document, and are read once. */

import { addressPlace, chunkHost, outputKey } from "./chunk-host.js";
import { bytesOf } from "./pure/decode.js";
import { mount } from "./mount.js";

/** @typedef {import("./types.js").Manifest} Manifest */

/** Show what the document holds. @param {HTMLElement} home @param {Manifest} manifest */
export function show(home, manifest) {
  return mount({ el: home, host: chunkHost({ manifest, chunk: (name) => chunk(name, manifest), place: addressPlace }) });
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

const wholeFile = document.readyState !== "loading" ? Promise.resolve()
  : new Promise((resolve) => document.addEventListener("DOMContentLoaded", resolve, { once: true }));
const given = document.getElementById("manifest");
const home = document.getElementById("pellucid");
if (given && home) show(home, JSON.parse(given.textContent ?? ""));
