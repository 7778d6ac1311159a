/** The host of a page that a server on this machine keeps: it asks for columns and answers. */

import { addressPlace, chunkHost } from "./chunk-host.js";
import { el } from "./dom.js";
import { liveViews } from "./live-views.js";
import { mount } from "./mount.js";
import { unpack } from "./pure/unpack.js";
import { en } from "./words-en.js";
import { es } from "./words-es.js";

/**
 * Ask the server; what goes wrong becomes a sentence.
 *
 * @param {import("./words-en.js").Words} words
 * @param {string} path
 * @param {RequestInit} [more]
 */
async function ask(words, path, more = {}) {
  let answer;
  try {
    answer = await fetch(path, { ...more, headers: { ...more.headers, "x-pellucid": "1" } });
    if (answer.ok) return await answer.arrayBuffer();
  } catch {
    throw new Error(words.noServer);
  }
  const said = await answer.text().catch(() => "");
  throw new Error(said.trim().slice(0, 500) || words.noServer);
}

async function start() {
  const home = document.getElementById("pellucid");
  if (!home) return;
  const words = document.documentElement.lang === "es" ? es : en;
  // The token has done its work, and a link is often passed on.
  if (location.search) history.replaceState(null, "", location.pathname + location.hash);
  try {
    const manifest = JSON.parse(new TextDecoder().decode(await ask(words, "manifest")));
    const host = chunkHost({
      manifest,
      chunk: async (name) => new Uint8Array(await ask(words, `chunk/${name}`)),
      call: async (method, params) => unpack(new Uint8Array(await ask(words, `call/${method}`, {
        method: "POST", body: JSON.stringify(params), headers: { "content-type": "application/json" },
      }))),
      place: addressPlace,
    });
    await mount({ el: home, host, liveViews });
  } catch (error) {
    home.replaceChildren(el("p", { role: "alert" }, words.failed(error instanceof Error ? error.message : String(error))));
  }
}

start();
