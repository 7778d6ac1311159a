/** The host that is a notebook's widget: Python answers, in messages through the notebook's kernel. */

import { chunkHost } from "./chunk-host.js";
import { el, place } from "./dom.js";
import { liveViews } from "./live-views.js";
import { mount } from "./mount.js";
import { bytesOf } from "./pure/decode.js";
import { unpack } from "./pure/unpack.js";

/**
 * @typedef {object} Model  what anywidget hands over
 * @property {(name: string) => any} get
 * @property {(name: string, value: any) => void} set
 * @property {() => void} save_changes
 * @property {(content: any) => void} send
 * @property {(name: string, listener: (...given: any[]) => void) => void} on
 * @property {(name: string, listener: (...given: any[]) => void) => void} off
 */

const SAID = {
  en: "Python does not answer. Is its kernel still running? Run the cell again.",
  es: "Python no responde. ¿Sigue activo el kernel? Ejecute la celda de nuevo.",
};

/** @param {{model: Model, el: HTMLElement}} given */
export async function render({ model, el: home }) {
  const manifest = model.get("_manifest");
  const first = model.get("_first");
  const page = place(el("div", { "data-lm-suppress-shortcuts": "true", class: "pellucid-widget" }),
    { height: 720, overflow: "auto", resize: "vertical" });
  // Letters typed into a field are no commands of the notebook around it.
  page.addEventListener("keydown", (event) => { if (!event.ctrlKey && !event.metaKey) event.stopPropagation(); });
  home.append(page);
  const { ask, close } = asker(model, SAID[manifest.language === "es" ? "es" : "en"]);
  const unfollow = followTheme(page);
  const host = chunkHost({
    manifest,
    chunk: async (name) => (name in first ? bytesIn([first[name]]) : ask({ chunk: name })),
    call: async (method, params) => unpack(await ask({ method, params })),
    place: traitPlace(model),
    embedded: true,
  });
  const away = await mount({ el: page, host, liveViews });
  return () => {
    away();
    unfollow();
    close();
    page.remove();
  };
}

/**
 * Questions to Python. A widget may be shown several times; each view hears all answers and takes its own.
 *
 * @param {Model} model
 * @param {string} silence  what is said when nobody is there to answer
 */
function asker(model, silence) {
  const view = Math.random().toString(36).slice(2);
  /** @type {Map<string, {resolve: (found: any) => void, reject: (error: Error) => void, asked: any}>} */
  const waiting = new Map();
  let count = 0;
  let asText = false;
  let gone = false;
  const send = (/** @type {string} */ id, /** @type {any} */ asked) => model.send({ ...asked, id, as_text: asText });
  const hear = (/** @type {any} */ told, /** @type {DataView[]} */ buffers) => {
    const found = waiting.get(told?.id);
    if (!found) return;
    gone = false;
    const body = told.texts ? join(told.texts.map(bytesOf)) : bytesIn(buffers ?? []);
    if (told.size > 0 && !body.length && !asText) {
      asText = true;  // as some notebooks lose what is binary
      return send(told.id, found.asked);
    }
    waiting.delete(told.id);
    if (told.error === undefined) found.resolve(body);
    else found.reject(new Error(told.error));
  };
  const giveUp = () => {
    for (const { reject } of waiting.values()) reject(new Error(silence));
    waiting.clear();
  };
  // A kernel that ends takes the connection with it; one that is busy answers later.
  const lost = () => {
    gone = true;
    giveUp();
  };
  model.on("msg:custom", hear);
  model.on("comm_live_update", lost);
  return {
    /** @param {any} asked @returns {Promise<Uint8Array<ArrayBuffer>>} */
    ask: (asked) => new Promise((resolve, reject) => {
      const id = `${view} ${++count}`;
      waiting.set(id, { resolve, reject, asked });
      send(id, asked);
      if (gone) setTimeout(giveUp, 3000);
    }),
    close: () => {
      model.off("msg:custom", hear);
      model.off("comm_live_update", lost);
      waiting.clear();
    },
  };
}

/** @param {DataView[]} buffers @returns {Uint8Array<ArrayBuffer>} */
function bytesIn(buffers) {
  return join(buffers.map((part) => new Uint8Array(/** @type {ArrayBuffer} */ (part.buffer), part.byteOffset, part.byteLength)));
}

/** @param {Uint8Array<ArrayBuffer>[]} parts */
function join(parts) {
  if (parts.length === 1) return parts[0];
  const whole = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** The selection as a trait, which Python reads and sets. @param {Model} model @returns {import("./types.js").Host["place"]} */
function traitPlace(model) {
  let written = "";
  const read = () => new URLSearchParams(Object.entries(model.get("selection")).map(([key, value]) => [key, String(value ?? "")])).toString();
  return {
    read,
    write: (text) => {
      written = text;
      const entries = [...new URLSearchParams(text)].map(([key, value]) => [key, ["pins", "others"].includes(key) ? value.split(",").map(Number)
        : /^-?\d+$/u.test(value) ? Number(value) : value]);
      model.set("selection", Object.fromEntries(entries));
      model.save_changes();
    },
    listen: (moved) => {
      const changed = () => { if (read() !== written) moved(); };
      model.on("change:selection", changed);
      return () => model.off("change:selection", changed);
    },
  };
}

/**
 * Be as light or dark as what is behind the page; every notebook marks its theme in another way.
 *
 * @param {HTMLElement} page
 */
function followTheme(page) {
  let timer = 0;
  const follow = () => {
    const theme = isDark(page.parentElement) ? "dark" : "light";
    if (page.dataset.theme !== theme) page.dataset.theme = theme;
  };
  const soon = () => {
    clearTimeout(timer);
    timer = setTimeout(follow, 60);
  };
  follow();
  const observer = new MutationObserver(soon);
  for (const node of [document.documentElement, document.body]) observer.observe(node, { attributes: true });
  const scheme = matchMedia("(prefers-color-scheme: dark)");
  scheme.addEventListener("change", soon);
  return () => {
    observer.disconnect();
    clearTimeout(timer);
    scheme.removeEventListener("change", soon);
  };
}

/** @param {Element|null} node */
function isDark(node) {
  for (let at = node; at; at = at.parentElement ?? hostOf(at)) {
    const [red, green, blue, alpha = 1] = (getComputedStyle(at).backgroundColor.match(/[\d.]+/gu) ?? []).map(Number);
    if (alpha > 0.5 && red !== undefined) return 0.3 * red + 0.59 * green + 0.11 * blue < 128;
  }
  return matchMedia("(prefers-color-scheme: dark)").matches;
}

/** What a shadow tree hangs on. @param {Element} node */
function hostOf(node) {
  const root = node.getRootNode();
  return root instanceof ShadowRoot ? root.host : null;
}
