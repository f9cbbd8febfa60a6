// Where people type: one for the channel, one for the thread. Enter sends, Shift+Enter breaks the line.

import { h, icon, replace } from "./dom.js";
import { avatar } from "./avatar.js";
import { complete } from "./complete.js";
import { EMOJI_NAMES, emoji } from "./emoji.js";
import { toast } from "./overlays.js";
import { pickEmoji } from "./picker.js";
import * as world from "./store.js";

const { store } = world;
const drafts = new Map();
const said = new Map();

/**
 * Makes a composer of `kind` "channel" or "thread". Answers `{node, draw, fill, focus}`; `onSent(text)` hears
 * of everything that was said.
 */
export function makeComposer(kind, { onSent } = {}) {
  let place;
  let shown;
  let at = -1;
  const list = h("div.completions", { role: "listbox", id: `completions-${kind}`, "aria-label": "Suggestions", hidden: true });
  const area = h("textarea.composer-area", {
    rows: "1", dir: "auto", autocomplete: "off", spellcheck: "true", "aria-autocomplete": "list", "aria-controls": list.id,
    on: { keydown, input: changed, blur: () => setTimeout(hide, 150), click: suggest },
  });
  const sendButton = h("button.send", { type: "button", "aria-label": kind === "thread" ? "Send reply" : "Send message", title: "Send now", on: { click: send } }, icon("send", 16));
  const smile = h("button.icon-button", { type: "button", "aria-label": "Insert emoji", title: "Emoji", on: { click: () => pickEmoji(smile, (name) => insert(`:${name}: `)) } }, icon("smile"));
  const starter = (label, text) => h("button.icon-button.glyph", { type: "button", "aria-label": label, title: label, on: { click: () => insert(text) } }, text);
  const node = h("div.composer", {}, list, h("div.composer-box", {}, area,
    h("div.composer-bar", {}, smile, starter("Mention somebody", "@"), kind === "channel" ? starter("Run a command", "/") : null,
      h("span.composer-hint", {}, h("b", {}, "Enter"), " to send, ", h("b", {}, "Shift + Enter"), " for a new line"), sendButton)));

  function draw() {
    const channel = world.channelOf(store.channel);
    const next = kind === "thread" ? `${store.me}/${store.channel}/${store.thread}` : `${store.me}/${store.channel}`;
    const name = channel?.is_im ? world.channelName(channel) : `#${world.channelName(channel)}`;
    area.placeholder = kind === "thread" ? "Reply…" : `Message ${name}`;
    area.setAttribute("aria-label", kind === "thread" ? "Reply in thread" : `Message ${name}`);
    if (next === place) return;
    if (place) drafts.set(place, area.value);
    place = next;
    area.value = drafts.get(place) ?? "";
    hide();
    fit();
  }

  function fit() {
    area.style.height = "auto";
    area.style.height = `${Math.min(area.scrollHeight, 240)}px`;
    sendButton.disabled = area.value.trim() === "";
    sendButton.classList.toggle("ready", !sendButton.disabled);
  }

  function changed() {
    fit();
    suggest();
  }

  function insert(text) {
    area.focus();
    area.setRangeText(text, area.selectionStart, area.selectionEnd, "end");
    changed();
  }

  // --- Suggestions ---

  function suggest() {
    const { commands = [], people = [], channels = [] } = store.state ?? {};
    shown = complete(area.value, area.selectionStart, { commands, people, channels, emojiNames: EMOJI_NAMES, inThread: kind === "thread" });
    if (!shown) return hide();
    at = shown.preselect ? 0 : -1;
    replace(list, h("div.completions-title", {}, shown.title, h("span", {}, "↑ ↓ to choose · Tab to take · Esc to close")), shown.options.map((one, n) => option(one, n)));
    list.hidden = false;
    mark();
    return undefined;
  }

  function option(one, n) {
    const picture = one.kind === "person" ? avatar(one.person, 20) : one.kind === "emoji" ? h("span.emoji", {}, emoji(one.key)) : null;
    return h("div.completion", { role: "option", id: `${list.id}-${n}`, "data-value": one.key, on: { pointerdown: (event) => { event.preventDefault(); take(n); } } },
      picture, h("span.completion-label", {}, one.label), one.hint ? h("span.completion-hint", {}, one.hint) : null);
  }

  function mark() {
    [...list.querySelectorAll(".completion")].forEach((one, n) => {
      one.classList.toggle("active", n === at);
      one.setAttribute("aria-selected", String(n === at));
      if (n === at) one.scrollIntoView({ block: "nearest" });
    });
    if (at >= 0) area.setAttribute("aria-activedescendant", `${list.id}-${at}`);
    else area.removeAttribute("aria-activedescendant");
  }

  function hide() {
    shown = undefined;
    at = -1;
    list.hidden = true;
    area.removeAttribute("aria-activedescendant");
  }

  function take(n) {
    const one = shown.options[n];
    area.setRangeText(one.insert, shown.start, shown.end, "end");
    area.focus();
    fit();
    hide();
    // After the name of a command come its words.
    if (one.kind === "command" || one.kind === "word") suggest();
  }

  // --- Keys ---

  function keydown(event) {
    // Enter that ends the writing of a Chinese word is not ours.
    if (event.isComposing || event.keyCode === 229) return;
    if (shown && listKey(event)) {
      event.preventDefault();
      event.stopPropagation();
      return;
    }
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      send();
    } else if (event.key === "ArrowUp" && area.value === "" && said.has(place)) {
      event.preventDefault();
      area.value = said.get(place);
      fit();
    }
  }

  function listKey(event) {
    const count = shown.options.length;
    if (event.key === "Escape") hide();
    else if (event.key === "ArrowDown") at = (at + 1) % count;
    else if (event.key === "ArrowUp") at = at <= 0 ? count - 1 : at - 1;
    else if (event.key === "Tab" && !event.shiftKey) take(Math.max(at, 0));
    else if (event.key === "Enter" && !event.shiftKey && at >= 0) take(at);
    else return false;
    if (shown) mark();
    return true;
  }

  async function send() {
    const text = area.value.trim();
    if (!text) return;
    const from = place;
    area.value = "";
    drafts.delete(from);
    said.set(from, text);
    hide();
    fit();
    const answer = await world.act("say", { channel: store.channel, text, ...(kind === "thread" ? { thread_ts: store.thread } : {}) });
    // A command that failed was sent all the same, and Slackbot says in the channel what became of it.
    if (answer.ok || answer.told) return onSent?.(text);
    toast(answer.words);
    // What was typed is not lost because the sending was.
    if (place === from && area.value === "") area.value = text;
    else drafts.set(from, text);
    fit();
    return undefined;
  }

  return {
    node,
    draw,
    focus: () => area.focus(),
    /** Puts `text` there for the person to send. */
    fill(text) {
      draw();
      area.value = text;
      hide();
      fit();
      area.focus();
      replace(list);
    },
  };
}
