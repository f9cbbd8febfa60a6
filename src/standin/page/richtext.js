// The `rich_text` block: what Slack's own composer produces, and what bots use for exact formatting.

import { h, link } from "./dom.js";
import { fillDate, fullDate } from "./dates.js";
import { emojiNode, mentionChannel, mentionGroup, mentionUser } from "./text.js";
import * as world from "./store.js";

/** Draws the elements of a rich_text block. Neighbouring lists of one kind and depth are one list already. */
export function richText(elements) {
  return elements.map((element) => {
    switch (element.type) {
      case "rich_text_section": return h("div.rich-section", { dir: "auto" }, leaves(element.elements));
      case "rich_text_list": return list(element);
      case "rich_text_quote": return h("blockquote.quote", { dir: "auto" }, leaves(element.elements));
      case "rich_text_preformatted": return h("pre.pre", {}, leaves(element.elements));
      default: return h("div.unknown", {}, `The stand-in cannot draw “${element.type}”`);
    }
  });
}

function list(element) {
  const ordered = element.style === "ordered";
  const attributes = { style: { "--indent": String(element.indent ?? 0) }, ...(ordered && element.offset ? { start: String(element.offset + 1) } : {}) };
  return h(ordered ? "ol.list" : "ul.list", { ...attributes, class: `depth-${(element.indent ?? 0) % 3}` },
    element.elements.map((item) => h("li", { dir: "auto" }, leaves(item.elements))));
}

function leaves(elements) {
  return (elements ?? []).map((leaf) => styled(leafNode(leaf), leaf.style));
}

function leafNode(leaf) {
  switch (leaf.type) {
    case "text": return lines(leaf.text ?? "");
    case "emoji": return leaf.unicode && !leaf.name ? String.fromCodePoint(...leaf.unicode.split("-").map((hex) => parseInt(hex, 16))) : emojiNode(leaf.name + (leaf.skin_tone ? `::skin-tone-${leaf.skin_tone}` : ""));
    case "user": return mentionUser(leaf.user_id);
    case "channel": return mentionChannel(leaf.channel_id);
    case "usergroup": return mentionGroup(leaf.usergroup_id);
    case "broadcast": return h("span.mention.me", {}, `@${leaf.range}`);
    case "link": return link(leaf.url ?? "", {}, leaf.text || leaf.url);
    case "date": return h("time.date", { title: fullDate(leaf.timestamp, world.now(), world.me()) }, fillDate(leaf.timestamp, leaf.format ?? "{date_num}", world.now(), world.me()) ?? leaf.fallback ?? "");
    case "color": return h("code", {}, leaf.value);
    default: return leaf.text ?? "";
  }
}

function lines(text) {
  return text.split("\n").flatMap((line, n) => (n ? [h("br"), line] : [line]));
}

const TAGS = [["bold", "strong"], ["italic", "em"], ["strike", "s"], ["underline", "u"], ["code", "code"]];

function styled(node, style) {
  return TAGS.reduce((inner, [name, tag]) => (style?.[name] ? h(tag, {}, inner) : inner), node);
}
