// A picture for everybody, without fetching one: initials on the person's colour.

import { h } from "./dom.js";
import { emoji } from "./emoji.js";
import { displayName } from "./store.js";

const COLOURS = ["#4a154b", "#1264a3", "#2eb67d", "#e01e5a", "#b5651d", "#5b2c6f", "#0b7a75", "#c2410c"];

/** A square of `size` pixels. `person` may be undefined: a message outlives its author. */
export function avatar(person, size = 36) {
  const name = displayName(person);
  const sum = [...name].reduce((total, character) => total + character.codePointAt(0), 0);
  const picture = person?.icon_emoji ? emoji(person.icon_emoji.replaceAll(":", "")) : undefined;
  const style = { "--size": `${size}px`, "background-color": safeColour(person?.color) ?? COLOURS[sum % COLOURS.length] };
  return h("span.avatar", { style, "aria-hidden": "true", class: person?.is_bot ? "bot" : undefined }, picture ?? initials(name));
}

// `#rrggbb` with or without its mark (Slack leaves it out).
function safeColour(colour) {
  const match = /^#?([0-9a-f]{6})$/i.exec(colour ?? "");
  return match ? `#${match[1]}` : undefined;
}

function initials(name) {
  const words = name.trim().split(/\s+/);
  // A Chinese name is known by its last two characters, or by its one.
  if (/^\p{Script=Han}+$/u.test(words[0])) return [...words[0]].slice(-2).join("");
  return (words.length > 1 ? words[0][0] + words.at(-1)[0] : words[0][0] ?? "?").toUpperCase();
}
