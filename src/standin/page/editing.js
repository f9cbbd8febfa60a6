// Editing one's own message in place.

import { h } from "./dom.js";
import { unescape } from "./mrkdwn.js";
import { orToast } from "./overlays.js";
import * as world from "./store.js";

let editing;

export const isEditing = (message) => editing === message.ts;

export function startEdit(message) {
  editing = message.ts;
  redraw();
}

export function forgetEdit(message) {
  if (editing === message.ts) editing = undefined;
}

function redraw() {
  world.tell("messages");
  world.tell("replies");
}

// A person edits `@alice`, not `<@U0ALICE>`; the server turns it back, as it does when a message is said.
function readable(text) {
  const { people, channels } = world.store.state;
  const named = text
    .replace(/<@([UW][A-Z0-9]+)(?:\|[^>]*)?>/g, (whole, id) => `@${people.find((one) => one.id === id)?.name ?? id}`)
    .replace(/<#([CG][A-Z0-9]+)(?:\|[^>]*)?>/g, (whole, id) => `#${channels.find((one) => one.id === id)?.name ?? id}`)
    .replace(/<!(channel|here|everyone)>/g, "@$1")
    .replace(/<([^|>]+)\|[^>]*>/g, "$1")
    .replace(/<([^>]+)>/g, "$1");
  return unescape(named);
}

export function editBox(message) {
  const before = readable(message.text ?? "");
  const done = () => {
    editing = undefined;
    redraw();
  };
  const save = async () => {
    const text = area.value.trim();
    if (text && text !== before) {
      const answer = await orToast(world.act("edit", { channel: world.store.channel, ts: message.ts, text }));
      if (!answer.ok) return;
    }
    done();
  };
  const keydown = (event) => {
    if (event.isComposing) return;
    if (event.key === "Escape") done();
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      save();
    }
  };
  const area = h("textarea.edit-area", { rows: String(Math.min(10, before.split("\n").length + 1)), "aria-label": "Edit message", value: before, dir: "auto", on: { keydown } });
  setTimeout(() => area.focus());
  return h("div.edit", {}, area, h("div.edit-buttons", {},
    h("button.button.plain", { type: "button", on: { click: done } }, "Cancel"),
    h("button.button.primary", { type: "button", on: { click: save } }, "Save")));
}
