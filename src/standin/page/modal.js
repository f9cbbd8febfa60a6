// Forms (Slack's modal views): the stack that the bot opened for me, of which the last is on the screen.

import { h, icon } from "./dom.js";
import { drawBlocks } from "./blocks.js";
import { chosen, holdsValue, initialValue, isEmpty } from "./elements.js";
import { closePopover, trapFocus } from "./overlays.js";
import { plain } from "./text.js";
import * as world from "./store.js";

/** What was filled in, by view: it must survive an update of the view by the bot, and a form on top of it. */
const forms = new Map();
let layer;
let before;

/** Shows the top of the stack, or nothing. Called whenever the state changed. */
export function drawModals() {
  const views = world.store.state?.views ?? [];
  for (const id of forms.keys()) if (!views.some((view) => view.id === id)) forms.delete(id);
  const view = views.at(-1);
  if (!view) return close();
  let form = forms.get(view.id);
  if (!form) forms.set(view.id, (form = newForm()));
  form.view = view;
  const signature = `${view.id}|${view.hash}|${JSON.stringify(view.blocks)}|${form.drawn}`;
  if (layer?.signature === signature) return undefined;
  return show(view, form, signature);
}

function newForm() {
  return { view: undefined, values: new Map(), errors: {}, warning: undefined, busy: false, drawn: 0 };
}

function redraw(form) {
  form.drawn += 1;
  drawModals();
}

const keyOf = (block, element) => `${block.block_id}\n${element.action_id}`;

// What the blocks see of a form.
function formOf(form) {
  return {
    get: (block, element) => form.values.get(keyOf(block, element)) ?? initialValue(element),
    set: (block, element, value) => {
      form.values.set(keyOf(block, element), value);
      forgive(form, block);
    },
    error: (block) => form.errors[block.block_id],
  };
}

// A complaint about words that are no longer there would only be in the way.
function forgive(form, block) {
  if (!form.errors[block.block_id]) return;
  delete form.errors[block.block_id];
  const node = layer.querySelector(`[data-block-id="${CSS.escape(block.block_id)}"]`);
  node?.classList.remove("wrong");
  node?.querySelector(".input-error")?.remove();
  node?.querySelector("[aria-invalid]")?.removeAttribute("aria-invalid");
}

function show(view, form, signature) {
  closePopover();
  const again = layer?.viewId === view.id;
  const focused = again ? focusKey() : undefined;
  const scrolled = again ? layer.querySelector(".modal-body")?.scrollTop : 0;
  before ??= document.activeElement;
  layer?.remove();
  const titleId = `title-${view.id}`;
  const context = { form: formOf(form), send: (block, element, fields) => click(form, block, element, fields) };
  const body = h("div.modal-body", {},
    form.warning ? h("div.modal-warning", { role: "alert" }, icon("warning"), h("span", {}, form.warning)) : null,
    drawBlocks(view.blocks ?? [], context));
  const cancel = () => closeView(view);
  const submit = view.submit || (view.blocks ?? []).some((block) => block.type === "input");
  // One that is there already does not appear: at each choice and each complaint it would flicker.
  const box = h(again ? "form.modal.again" : "form.modal", {
    role: "dialog", "aria-modal": "true", "aria-labelledby": titleId, "data-view-id": view.id, "data-callback-id": view.callback_id, novalidate: true, tabindex: "-1",
    on: { submit: (event) => { event.preventDefault(); send(form); } },
  },
    h("header.modal-header", {},
      h("h2.modal-title", { id: titleId }, plain(view.title?.text)),
      h("button.icon-button", { type: "button", "aria-label": "Close", on: { click: cancel } }, icon("close", 20))),
    body,
    h("footer.modal-footer", {},
      h("button.button.plain", { type: "button", on: { click: cancel } }, plain(view.close?.text ?? (submit ? "Cancel" : "Close"))),
      submit ? h("button.button.primary", { type: "submit", "aria-busy": form.busy ? "true" : undefined, disabled: form.busy }, plain(view.submit?.text ?? "Submit")) : null));
  // A click beside the form closes nothing, as in Slack, and must not take the keyboard out of it either.
  const beside = (event) => event.target === event.currentTarget && event.preventDefault();
  layer = h("div.veil.for-modal", { on: { pointerdown: beside, mousedown: beside } }, box);
  layer.viewId = view.id;
  layer.signature = signature;
  box.addEventListener("keydown", (event) => keydown(event, form, cancel));
  trapFocus(box);
  document.body.append(layer);
  body.scrollTop = scrolled ?? 0;
  refocus(box, focused);
}

function keydown(event, form, cancel) {
  if (event.isComposing) return;
  if (event.key === "Escape") {
    event.stopPropagation();
    cancel();
  } else if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    send(form);
  } else if (event.key === "Enter" && event.target.tagName === "INPUT" && event.target.type !== "checkbox" && event.target.type !== "radio") {
    // A bare Enter in a line must not send a half-filled form; Slack does not either.
    event.preventDefault();
  }
}

function focusKey() {
  const at = document.activeElement;
  if (!layer.contains(at)) return undefined;
  const action = at.closest("[data-action-id]");
  const block = at.closest("[data-block-id]");
  return action && block ? { block: block.dataset.blockId, action: action.dataset.actionId, caret: at.selectionStart } : undefined;
}

function refocus(box, key) {
  const wrong = box.querySelector(".wrong input, .wrong textarea, .wrong button");
  if (wrong) return wrong.focus();
  const all = [...box.querySelectorAll("[data-block-id]")];
  const same = key && all.find((one) => one.dataset.blockId === key.block)?.querySelector(`[data-action-id="${CSS.escape(key.action)}"]`);
  const target = same ?? box.querySelector(".modal-body input, .modal-body textarea, .modal-body button.select") ?? box;
  target.focus();
  if (same && Number.isInteger(key.caret)) same.setSelectionRange?.(key.caret, key.caret);
  return undefined;
}

function close() {
  // Without a form there is nothing to close: what is open belongs to the page.
  if (!layer) return;
  closePopover();
  layer.remove();
  layer = undefined;
  if (before?.isConnected) before.focus();
  before = undefined;
}

async function closeView(view) {
  const answer = await world.act("close_view", { view_id: view.id });
  if (!answer.ok) warn(view, answer.words);
  await world.refreshState().catch(() => {});
}

function warn(view, words) {
  const form = forms.get(view.id);
  if (!form) return;
  form.warning = words;
  redraw(form);
}

// --- Values ------------------------------------------------------------------------------------------

/** Every element of the view that holds a value, with its block. */
function* holders(view) {
  for (const block of view.blocks ?? []) {
    const elements = [block.element, block.accessory, ...(block.type === "actions" ? block.elements : [])];
    for (const element of elements) if (element && holdsValue(element)) yield { block, element };
  }
}

function valuesOf(form) {
  const values = {};
  const access = formOf(form);
  for (const { block, element } of holders(form.view)) {
    (values[block.block_id] ??= {})[element.action_id] = access.get(block, element);
  }
  return values;
}

// Slack's client looks at these itself and does not bother the bot with them.
function mistakes(form) {
  const errors = {};
  const access = formOf(form);
  for (const { block, element } of holders(form.view)) {
    if (block.type !== "input") continue;
    const words = mistake(block, element, access.get(block, element));
    if (words) errors[block.block_id] = words;
  }
  return errors;
}

function mistake(block, element, value) {
  const inner = chosen(value);
  if (isEmpty(value) || (typeof inner === "string" && inner.trim() === "")) {
    return block.optional ? undefined : "Please complete this required field.";
  }
  if (element.min_length && inner.length < element.min_length) return `Please enter at least ${element.min_length} characters.`;
  if (element.max_length && inner.length > element.max_length) return `Please enter at most ${element.max_length} characters.`;
  if (element.type === "email_text_input" && !/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(inner)) return "Please enter a valid email address.";
  if (element.type === "url_text_input" && !/^https?:\/\/\S+$/.test(inner)) return "Please enter a valid URL.";
  if (element.type === "number_input") return numberMistake(element, Number(inner));
  return undefined;
}

function numberMistake(element, number) {
  if (!Number.isFinite(number) || (!element.is_decimal_allowed && !Number.isInteger(number))) return "Please enter a whole number.";
  if (element.min_value !== undefined && number < Number(element.min_value)) return `Please enter at least ${element.min_value}.`;
  if (element.max_value !== undefined && number > Number(element.max_value)) return `Please enter at most ${element.max_value}.`;
  return undefined;
}

// --- Telling the bot ---------------------------------------------------------------------------------

async function click(form, block, element, fields) {
  // The bot gets the whole form with a click in it, so that it can redraw the form without losing a word.
  const answer = await world.act("view_click", { view_id: form.view.id, block_id: block.block_id, action_id: element.action_id, values: valuesOf(form), ...fields });
  form.warning = answer.ok ? undefined : answer.words;
  if (!answer.ok) redraw(form);
}

async function send(form) {
  if (form.busy) return;
  form.errors = mistakes(form);
  form.warning = undefined;
  form.busy = Object.keys(form.errors).length === 0;
  redraw(form);
  if (!form.busy) return;
  const answer = await world.act("submit", { view_id: form.view.id, values: valuesOf(form) });
  form.busy = false;
  if (!answer.ok) {
    form.errors = answer.errors ?? {};
    form.warning = answer.errors ? undefined : answer.words;
  }
  // The form goes when the server says so; it may have become another one.
  await world.refreshState().catch(() => {});
  if (forms.has(form.view.id)) redraw(form);
}
