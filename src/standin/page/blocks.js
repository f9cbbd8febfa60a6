// Block Kit's layout blocks, for messages and forms alike.
//
// `context` is what the blocks stand in: `{send(block, element, fields)?, form?}`. With a `form` (see modal.js)
// inputs keep their values there; in a message every choice is sent at once and remembered only on the screen.

import { h, picture } from "./dom.js";
import { drawElement, holdsValue, initialValue } from "./elements.js";
import { richText } from "./richtext.js";
import { markdown, mrkdwn, plain, table, textObject } from "./text.js";

/** Draws a message's or a view's blocks, in order. */
export function drawBlocks(blocks, context) {
  return blocks.map((block) => {
    const node = drawBlock(block, context);
    node.dataset.blockId = block.block_id ?? "";
    return node;
  });
}

function drawBlock(block, context) {
  switch (block.type) {
    case "header": return h("div.block-header", { role: "heading", "aria-level": "3", dir: "auto" }, plain(block.text?.text));
    case "section": return section(block, context);
    case "actions": return h("div.block-actions", {}, (block.elements ?? []).map((one) => drawElement(one, placeOf(block, one, context))));
    case "context": return h("div.block-context", { dir: "auto" }, (block.elements ?? []).map(contextElement));
    case "divider": return h("hr.divider");
    case "image": return image(block);
    case "input": return input(block, context);
    case "rich_text": return h("div.block-rich", {}, richText(block.elements ?? []));
    case "markdown": return h("div.block-markdown", {}, markdown(block.text));
    case "table": return h("div.block-table", {}, table((block.rows ?? []).map((row) => row.map(cell))));
    default: return h("div.unknown", {}, `The stand-in cannot draw a “${block.type}” block`);
  }
}

// In a message an element remembers what was chosen only until the bot redraws it, as in Slack.
function placeOf(block, element, context, more) {
  let value = holdsValue(element) ? initialValue(element) : undefined;
  const kept = context.form
    ? { get: (one) => context.form.get(block, one), set: (one, next) => context.form.set(block, one, next) }
    : { get: () => value, set: (_, next) => (value = next) };
  return { ...kept, send: (one, fields) => context.send(block, one, fields), ...more };
}

function section(block, context) {
  const text = block.text ? h("div.section-text", {}, textObject(block.text)) : null;
  const fields = block.fields?.length ? h("div.section-fields", {}, block.fields.map((one) => h("div.section-field", {}, textObject(one)))) : null;
  const accessory = block.accessory;
  // Choices need the width, so Slack puts them under the text; an image or a button goes beside it.
  const under = accessory && ["radio_buttons", "checkboxes"].includes(accessory.type);
  return h("div.block-section", { class: under ? "under" : undefined }, h("div.section-main", {}, text, fields), accessory ? drawAccessory(block, accessory, context) : null);
}

function drawAccessory(block, accessory, context) {
  if (accessory.type === "image") return picture(accessory.image_url, accessory.alt_text, { class: "section-image" });
  return h("div.section-accessory", {}, drawElement(accessory, placeOf(block, accessory, context)));
}

function contextElement(element) {
  if (element.type === "image") return picture(element.image_url, element.alt_text, { class: "context-image" });
  return h("div.context-text", {}, textObject(element));
}

function image(block) {
  return h("figure.block-image", {},
    block.title ? h("figcaption", {}, plain(block.title.text)) : null,
    picture(block.image_url ?? block.slack_file?.url, block.alt_text));
}

let inputCount = 0;

function input(block, context) {
  const id = `input-${(inputCount += 1)}`;
  const label = block.label?.text ?? "";
  const error = context.form?.error(block);
  const describedBy = [block.hint ? `${id}-hint` : null, error ? `${id}-error` : null].filter(Boolean).join(" ");
  const place = placeOf(block, block.element, context, {
    label, optional: block.optional,
    // A form's input speaks only when it was asked to; a click on it is not an action.
    send: block.dispatch_action ? (one, fields) => context.send(block, one, fields) : undefined,
    described: { "aria-describedby": describedBy || undefined, "aria-invalid": error ? "true" : undefined, "aria-required": block.optional ? undefined : "true" },
  });
  return h("div.block-input", { class: error ? "wrong" : undefined },
    h("div.input-label", { on: { click: (event) => event.currentTarget.parentNode.querySelector("input, textarea, button")?.focus() } }, plain(label), block.optional ? h("span.optional", {}, " (optional)") : null),
    drawElement(block.element, place),
    error ? h("div.input-error", { id: `${id}-error`, role: "alert" }, error) : null,
    block.hint ? h("div.input-hint", { id: `${id}-hint` }, plain(block.hint.text)) : null);
}

function cell(one) {
  if (one.type === "rich_text") return richText(one.elements ?? []);
  return one.type === "mrkdwn" ? mrkdwn(one.text) : plain(one.text ?? "");
}
