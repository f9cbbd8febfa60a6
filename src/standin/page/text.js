// Draws the trees of mrkdwn.js and markdown.js as DOM nodes.

import { h, link } from "./dom.js";
import { emoji } from "./emoji.js";
import { fillDate, fullDate } from "./dates.js";
import { parse, parseInline } from "./mrkdwn.js";
import { parseMarkdown } from "./markdown.js";
import * as world from "./store.js";

/** A message's or a text object's mrkdwn, as a list of nodes. */
export function mrkdwn(text) {
  return parse(text ?? "").map(block);
}

/** A Block Kit text object: `mrkdwn` or `plain_text`. */
export function textObject(object) {
  if (!object) return [];
  if (object.type === "mrkdwn") return mrkdwn(object.text);
  return plain(object.text);
}

/** Plain text, in which only `:emoji:` mean something. */
export function plain(text) {
  const nodes = [];
  let last = 0;
  for (const match of (text ?? "").matchAll(/:([a-z0-9_+'-]+(?:::skin-tone-[2-6])?):/g)) {
    const character = emoji(match[1]);
    if (!character) continue;
    nodes.push(characters(text.slice(last, match.index)), emojiNode(match[1]));
    last = match.index + match[0].length;
  }
  nodes.push(characters((text ?? "").slice(last)));
  return nodes.flat();
}

/** mrkdwn on one line, for a channel's topic and other places without room for blocks. */
export function oneLine(text) {
  return (text ?? "").split("\n").flatMap((line, n) => [n ? " " : null, ...inline(parseInline(line))]);
}

/** What mrkdwn says without its marks: for previews, notifications and accessible names. */
export function flat(text) {
  const holder = h("div", {}, mrkdwn(text));
  return holder.textContent.trim();
}

export function emojiNode(name) {
  const character = emoji(name);
  if (!character) return document.createTextNode(`:${name}:`);
  return h("span.emoji", { role: "img", "aria-label": `:${name}:`, title: `:${name}:` }, character);
}

// A run of characters that are pictures by themselves, with what joins them and gives them a colour.
const PICTURES = /((?:\p{Emoji_Presentation}|\p{Extended_Pictographic}\uFE0F)(?:\p{Emoji_Modifier}|\uFE0F|\u200D\p{Extended_Pictographic})*)/u;

// A Chinese font has its own black 🆕, and the browser would take it from there. Slack always shows the colourful one.
function characters(text) {
  return text.split(PICTURES).map((part, n) => (n % 2 ? h("span.emoji", {}, part) : part)).filter((part) => part !== "");
}

function block(one) {
  if (one.type === "pre") return h("pre.pre", {}, inline(one.children));
  if (one.type === "quote") {
    return h("blockquote.quote", {}, one.lines.map((line) => h("div.line", { dir: "auto" }, inline(line))));
  }
  if (one.type === "item") {
    const indent = { "--indent": String(Math.floor(one.indent / 2)) };
    return h("div.item", { style: indent }, h("span.marker", {}, one.marker), h("span", { dir: "auto" }, inline(one.children)));
  }
  // An empty line keeps its height: people use it to set paragraphs apart.
  if (one.children.length === 0) return h("div.line.empty");
  return h("div.line", { dir: "auto" }, inline(one.children));
}

const STYLED = { bold: "strong", italic: "em", strike: "s", code: "code" };

export function inline(nodes) {
  return nodes.flatMap((node) => {
    switch (node.type) {
      case "text": return characters(node.text);
      case "bold": case "italic": case "strike": case "code": return h(STYLED[node.type], {}, inline(node.children));
      case "link": return link(node.url, {}, inline(node.children));
      case "emoji": return emoji(node.name) ? emojiNode(node.name) : node.text;
      case "user": return mentionUser(node.id, node.label);
      case "channel": return mentionChannel(node.id, node.label);
      case "usergroup": return mentionGroup(node.id, node.label);
      case "broadcast": return h("span.mention.me", {}, `@${node.range}`);
      case "date": return date(node);
      default: return "";
    }
  });
}

export function mentionUser(id, label) {
  const person = world.person(id);
  const name = person ? world.displayName(person) : (label ?? id);
  return h("span.mention", { class: id === world.store.me ? "me" : undefined, "data-user": id }, `@${name.replace(/^@/, "")}`);
}

export function mentionChannel(id, label) {
  const channel = world.channelOf(id);
  const name = channel ? world.channelName(channel) : (label ?? "private channel");
  if (!channel) return h("span.mention", {}, `#${name}`);
  return h("button.mention", { type: "button", on: { click: () => world.go({ channel: id }) } }, `#${name}`);
}

export function mentionGroup(id, label) {
  const group = world.usergroup(id);
  const mine = group?.users?.includes(world.store.me);
  return h("span.mention", { class: mine ? "me" : undefined }, `@${(group?.handle ?? label ?? id).replace(/^@/, "")}`);
}

function date(node) {
  const who = world.me();
  const text = fillDate(node.seconds, node.template, world.now(), who) ?? node.fallback;
  const title = Number.isFinite(node.seconds) ? fullDate(node.seconds, world.now(), who) : undefined;
  const shown = h("time.date", { title }, text);
  return node.link ? link(node.link, {}, shown) : shown;
}

/** A `markdown` block. */
export function markdown(text) {
  return markdownBlocks(parseMarkdown(text ?? ""));
}

function markdownBlocks(blocks) {
  return blocks.map((one) => {
    switch (one.type) {
      case "heading": return h(`div.md-heading.md-h${Math.min(one.level, 4)}`, { role: "heading", "aria-level": String(one.level + 2) }, inline(one.children));
      case "paragraph": return h("p.md-paragraph", { dir: "auto" }, one.lines.flatMap((line, n) => [n ? h("br") : null, ...inline(line)]));
      case "pre": return h("pre.pre", {}, one.text);
      case "quote": return h("blockquote.quote", {}, markdownBlocks(one.blocks));
      case "rule": return h("hr.divider");
      case "table": return table(one.rows.map((row) => row.map((cell) => inline(cell))));
      case "list": return h(one.ordered ? "ol.list" : "ul.list", one.ordered ? { start: String(one.start) } : {},
        one.items.map((item) => h("li", { dir: "auto" }, inline(item.children), markdownBlocks(item.blocks))));
      default: return null;
    }
  });
}

/** A table from rows of cells that are lists of nodes; the first row is its head. */
export function table([head, ...rows]) {
  return h("div.table-scroll", {}, h("table.table", {},
    h("thead", {}, h("tr", {}, (head ?? []).map((cell) => h("th", { scope: "col" }, cell)))),
    h("tbody", {}, rows.map((row) => h("tr", {}, row.map((cell) => h("td", {}, cell)))))));
}
