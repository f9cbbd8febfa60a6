// The small emoji picker: the ones people on call use, and any other by its name.

import { h } from "./dom.js";
import { EMOJI_NAMES, PICKER, emoji } from "./emoji.js";
import { popover } from "./overlays.js";

/** Opens the picker at `anchor` and calls `onPick(name)` once. */
export function pickEmoji(anchor, onPick) {
  const grid = h("div.picker-grid", { role: "listbox", "aria-label": "Emoji" });
  const search = h("input.chooser-search", { type: "text", placeholder: "Search emoji", "aria-label": "Search emoji", autocomplete: "off" });
  const name = h("div.picker-name", { "aria-hidden": "true" });
  const draw = () => {
    const wanted = search.value.trim().toLowerCase().replaceAll(":", "");
    const names = wanted ? EMOJI_NAMES.filter((one) => one.includes(wanted)).slice(0, 48) : PICKER;
    grid.replaceChildren(...names.map((one) => h("button.picker-emoji", {
      type: "button", role: "option", "aria-label": `:${one}:`, title: `:${one}:`,
      on: { click: () => { close(); onPick(one); }, mouseenter: () => (name.textContent = `:${one}:`), focus: () => (name.textContent = `:${one}:`) },
    }, emoji(one))));
    if (names.length === 0) grid.append(h("div.chooser-none", {}, "No emoji of that name"));
  };
  search.addEventListener("input", draw);
  search.addEventListener("keydown", (event) => {
    if (event.key === "Enter") grid.querySelector("button")?.click();
  });
  draw();
  const close = popover(anchor, h("div.picker", {}, search, grid, name), { align: "end" });
  search.focus();
}
