/** Colors, each with one job: the sign of an attribution, the value of a feature; all else is gray. */

/**
 * @typedef {object} Theme
 * @property {string} paper
 * @property {string} ink
 * @property {string} muted
 * @property {string} rule
 * @property {string} bar
 * @property {string} raises
 * @property {string} lowers
 * @property {string} neutral
 * @property {string[]} ramp  low to high values
 */

/** @type {Theme} */
const LIGHT = {
  paper: "#ffffff",
  ink: "#1a1d21",
  muted: "#596069",
  rule: "#dfe2e6",
  bar: "#5a6b7d",
  raises: "#c2500a",
  lowers: "#1768ac",
  neutral: "#868d95",
  ramp: ["#0c2a5c", "#2f477a", "#5b5f7c", "#857565", "#a97f3c", "#c58200"],
};

/** @type {Theme} */
const DARK = {
  paper: "#14171b",
  ink: "#e8eaed",
  muted: "#a3abb4",
  rule: "#31373e",
  bar: "#8c9db0",
  raises: "#f08a3c",
  lowers: "#5ba6e8",
  neutral: "#7b838c",
  ramp: ["#4a78bd", "#6d88b5", "#9198a6", "#b7aa8c", "#dbbd6b", "#ffd24d"],
};

/** @param {Theme} theme */
function properties({ ramp, ...named }) {
  const lines = Object.entries(named).map(([name, color]) => `--${name}:${color};`);
  return `${lines.join("")}--ramp:linear-gradient(90deg,${ramp.join(",")});`;
}

export const themeStyle = `
:host{${properties(LIGHT)}--theme:light;color-scheme:light}
@media (prefers-color-scheme:dark){:host{${properties(DARK)}--theme:dark;color-scheme:dark}}
:host([data-theme="light"]){${properties(LIGHT)}--theme:light;color-scheme:light}
:host([data-theme="dark"]){${properties(DARK)}--theme:dark;color-scheme:dark}
`;

/**
 * The theme that the style sheet has chosen for an element.
 *
 * @param {Element} host
 */
export function themeOf(host) {
  return getComputedStyle(host).getPropertyValue("--theme").trim() === "dark" ? DARK : LIGHT;
}

/**
 * Colors of shades from 0 to 1 in 255 steps, as red, green and blue; the last is that of no shade.
 *
 * @param {Theme} theme
 * @returns {number[][]}
 */
export function rampTable(theme) {
  const stops = theme.ramp.map(rgb);
  const table = Array.from({ length: 255 }, (_, i) => {
    const place = (i / 254) * (stops.length - 1);
    const below = Math.min(Math.floor(place), stops.length - 2);
    return stops[below].map((c, j) => Math.round(c + (stops[below + 1][j] - c) * (place - below)));
  });
  return [...table, rgb(theme.neutral)];
}

/** @param {number} shade */
export function rampStep(shade) {
  return shade >= 0 ? Math.round(Math.min(1, shade) * 254) : 255;
}

/** @param {string} color  "#rrggbb" */
function rgb(color) {
  return [1, 3, 5].map((i) => parseInt(color.slice(i, i + 2), 16));
}
