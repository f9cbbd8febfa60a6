// Block Kit's interactive elements. The same element serves a message and a form; what differs is in its
// `place`: `{send(element, fields)?, get(element)?, set(element, value)?, label}`. A message sends at once, a
// form's inputs keep their value until it is submitted.

import { h, icon, link } from "./dom.js";
import { chooser, confirm, menu } from "./overlays.js";
import { plain, textObject } from "./text.js";
import * as world from "./store.js";
import { avatar } from "./avatar.js";

/** The field of a state value that holds what was chosen, by element type. */
const FIELD = {
  static_select: "selected_option", external_select: "selected_option", radio_buttons: "selected_option",
  multi_static_select: "selected_options", multi_external_select: "selected_options", checkboxes: "selected_options",
  users_select: "selected_user", multi_users_select: "selected_users",
  channels_select: "selected_channel", multi_channels_select: "selected_channels",
  conversations_select: "selected_conversation", multi_conversations_select: "selected_conversations",
  datepicker: "selected_date", timepicker: "selected_time", datetimepicker: "selected_date_time",
  plain_text_input: "value", number_input: "value", email_text_input: "value", url_text_input: "value",
};

/** Whether the element has a value that a form submits. */
export const holdsValue = (element) => element.type in FIELD;

/** The state value an element starts with, in Slack's shape. */
export function initialValue(element) {
  const field = FIELD[element.type];
  const initial = {
    selected_option: element.initial_option, selected_options: element.initial_options,
    selected_user: element.initial_user, selected_users: element.initial_users,
    selected_channel: element.initial_channel, selected_channels: element.initial_channels,
    selected_conversation: element.initial_conversation, selected_conversations: element.initial_conversations,
    selected_date: element.initial_date, selected_time: element.initial_time, selected_date_time: element.initial_date_time,
    value: element.initial_value,
  }[field];
  return { type: element.type, [field]: initial ?? (field.endsWith("s") ? [] : null) };
}

/** What was chosen or typed: a string, a list, an option or null. */
export const chosen = (value) => value?.[FIELD[value.type]] ?? null;

export function isEmpty(value) {
  const inner = chosen(value);
  return inner === null || inner === "" || (Array.isArray(inner) && inner.length === 0);
}

/** Draws one element. An unknown one is named, so that nobody wonders where it went. */
export function drawElement(element, place) {
  switch (element.type) {
    case "button": case "workflow_button": return drawButton(element, place);
    case "overflow": return drawOverflow(element, place);
    case "static_select": case "external_select": case "users_select": case "channels_select": case "conversations_select":
      return drawSelect(element, place);
    case "multi_static_select": case "multi_external_select": case "multi_users_select": case "multi_channels_select": case "multi_conversations_select":
      return drawMultiSelect(element, place);
    case "radio_buttons": case "checkboxes": return drawChoices(element, place);
    case "datepicker": return drawField(element, place, "date");
    case "timepicker": return drawField(element, place, "time");
    case "datetimepicker": return drawDateTime(element, place);
    case "plain_text_input": case "number_input": case "email_text_input": case "url_text_input": return drawTextInput(element, place);
    default: return h("span.unknown", {}, `The stand-in cannot draw “${element.type}”`);
  }
}

const hooks = (element) => ({ "data-action-id": element.action_id });

async function agreed(element) {
  const ask = element.confirm;
  if (!ask) return true;
  return confirm({
    title: plain(ask.title?.text), text: textObject(ask.text),
    yes: plain(ask.confirm?.text ?? "Yes"), no: plain(ask.deny?.text ?? "Cancel"), danger: ask.style === "danger",
  });
}

// `node` is grey until the answer is there: a second click on a slow bot is what people do.
async function send(element, place, node, fields) {
  if (!place.send || node.getAttribute("aria-busy") === "true") return;
  node.setAttribute("aria-busy", "true");
  await place.send(element, fields).finally(() => node.removeAttribute("aria-busy"));
}

function drawButton(element, place) {
  const style = element.style === "primary" ? "primary" : element.style === "danger" ? "danger" : "plain";
  const click = async () => {
    if (await agreed(element)) await send(element, place, node, { value: element.value });
  };
  const attributes = { "aria-label": element.accessibility_label, title: element.text?.text?.length > 30 ? element.text.text : undefined, ...hooks(element) };
  const label = h("span.button-label", {}, plain(element.text?.text));
  const node = element.url
    ? link(element.url, { class: `button ${style}`, on: { click }, ...attributes }, label)
    : h(`button.button.${style}`, { type: "button", on: { click }, ...attributes }, label);
  return node;
}

function drawOverflow(element, place) {
  const node = h("button.button.plain.overflow", {
    type: "button", "aria-label": "More actions", title: "More actions", "aria-haspopup": "menu", "aria-expanded": "false", ...hooks(element),
    on: {
      click: () => menu(node, (element.options ?? []).map((option) => ({
        label: plain(option.text?.text), hint: option.description ? plain(option.description.text) : undefined, data: { "data-value": option.value },
        run: async () => {
          if (option.url) window.open(option.url, "_blank", "noopener");
          if (await agreed(element)) await send(element, place, node, { selected_option: option });
        },
      })), { align: "end" }),
    },
  }, icon("dots"));
  return node;
}

const option = (one) => ({ key: one.value, text: one.text?.text ?? "", nodes: plain(one.text?.text), description: one.description ? plain(one.description.text) : undefined, raw: one });

function personOption(one) {
  const name = world.displayName(one);
  return { key: one.id, text: `${name} ${one.name}`, nodes: [avatar(one, 20), h("span", {}, name), h("span.option-handle", {}, ` ${one.name}`)], short: name, raw: one.id };
}

function channelOption(one) {
  const name = one.is_im ? world.channelName(one) : `# ${one.name}`;
  return { key: one.id, text: name, nodes: name, short: name, raw: one.id };
}

/** What the element lets a person choose from, as groups for the chooser. */
function groupsOf(element) {
  const { people, channels } = world.store.state;
  const alive = channels.filter((one) => !one.is_archived);
  if (element.type.endsWith("users_select")) {
    return [{ options: people.filter((one) => !one.deleted && one.id !== "USLACKBOT").map(personOption) }];
  }
  if (element.type.endsWith("channels_select")) return [{ options: alive.filter((one) => !one.is_im).map(channelOption) }];
  if (element.type.endsWith("conversations_select")) return [{ options: alive.map(channelOption) }];
  if (element.option_groups) {
    return element.option_groups.map((group) => ({ label: plain(group.label?.text), options: group.options.map(option) }));
  }
  return [{ options: (element.options ?? []).map(option) }];
}

// What is chosen is shown by the option's words; someone who is in no list (any more) by their ID.
function labelOf(element, raw) {
  if (raw?.text) return plain(raw.text.text);
  const found = groupsOf(element).flatMap((group) => group.options).find((one) => one.key === raw);
  return found?.short ?? String(raw);
}

const sameChoice = (a, b) => (a?.value ?? a) === (b?.value ?? b);

function drawSelect(element, place) {
  const field = FIELD[element.type];
  const current = () => chosen(place.get(element));
  const face = h("span.select-face");
  const draw = () => {
    const raw = current();
    face.classList.toggle("placeholder", raw === null);
    face.replaceChildren(...(raw === null ? plain(element.placeholder?.text ?? "Select an option") : [labelOf(element, raw)].flat()));
  };
  const node = h("button.select", {
    type: "button", role: "combobox", "aria-haspopup": "listbox", "aria-expanded": "false", "aria-label": place.label ?? element.placeholder?.text, ...hooks(element), ...place.described,
    on: {
      click: () => {
        const groups = groupsOf(element);
        for (const one of groups.flatMap((group) => group.options)) one.selected = sameChoice(one.raw, current());
        // A form's optional select can be emptied again, as in Slack.
        if (place.optional && current() !== null) groups.unshift({ options: [{ key: "", text: "None", nodes: h("em", {}, "None"), raw: null }] });
        chooser(node, {
          groups, label: place.label ?? element.placeholder?.text ?? "Options",
          onPick: async ({ raw }) => {
            if (!(await agreed(element))) return;
            place.set(element, { type: element.type, [field]: raw });
            draw();
            await send(element, place, node, { [field]: raw });
          },
        });
      },
    },
  }, face, icon("down", 16));
  draw();
  return node;
}

function drawMultiSelect(element, place) {
  const field = FIELD[element.type];
  const current = () => chosen(place.get(element)) ?? [];
  const chips = h("span.chips");
  const change = (list) => {
    place.set(element, { type: element.type, [field]: list });
    draw();
  };
  const draw = () => {
    const remove = (raw) => (event) => {
      event.stopPropagation();
      change(current().filter((one) => !sameChoice(one, raw)));
      send(element, place, node, { [field]: current() });
    };
    chips.replaceChildren(...current().map((raw) => h("span.chip", {}, labelOf(element, raw),
      h("span.chip-remove", { role: "button", "aria-label": "Remove", on: { click: remove(raw) } }, "×"))));
    if (current().length === 0) chips.append(h("span.placeholder", {}, plain(element.placeholder?.text ?? "Select options")));
  };
  const node = h("button.select.multi", {
    type: "button", role: "combobox", "aria-haspopup": "listbox", "aria-expanded": "false", "aria-label": place.label ?? element.placeholder?.text, ...hooks(element), ...place.described,
    on: {
      click: () => {
        const groups = groupsOf(element);
        for (const one of groups.flatMap((group) => group.options)) one.selected = current().some((raw) => sameChoice(one.raw, raw));
        chooser(node, {
          groups, label: place.label ?? "Options", many: true,
          onPick: ({ raw, selected }) => {
            const others = current().filter((one) => !sameChoice(one, raw));
            if (selected && element.max_selected_items && others.length >= element.max_selected_items) return;
            change(selected ? [...others, raw] : others);
            send(element, place, node, { [field]: current() });
          },
        });
      },
    },
  }, chips, icon("down", 16));
  draw();
  return node;
}

let groupCount = 0;

function drawChoices(element, place) {
  const many = element.type === "checkboxes";
  const name = `choices-${(groupCount += 1)}`;
  const current = () => [chosen(place.get(element)) ?? []].flat();
  const node = h("div.choices", { role: many ? "group" : "radiogroup", "aria-label": place.label, ...hooks(element), ...place.described });
  for (const one of element.options ?? []) {
    const input = h("input", {
      type: many ? "checkbox" : "radio", name, value: one.value, checked: current().some((raw) => sameChoice(raw, one)),
      on: {
        change: async () => {
          const before = current();
          const next = many ? (element.options ?? []).filter((each) => (each.value === one.value ? input.checked : before.some((raw) => sameChoice(raw, each)))) : one;
          if (!(await agreed(element))) {
            node.querySelectorAll("input").forEach((each) => (each.checked = before.some((raw) => raw.value === each.value)));
            return;
          }
          const field = FIELD[element.type];
          place.set(element, { type: element.type, [field]: next });
          await send(element, place, node, { [field]: next });
        },
      },
    });
    node.append(h("label.choice", {}, input, h("span", {}, h("span.choice-text", {}, textObject(one.text)),
      one.description ? h("span.choice-description", {}, textObject(one.description)) : null)));
  }
  return node;
}

function drawField(element, place, type) {
  const field = FIELD[element.type];
  const node = h("input.field.short", {
    type, value: chosen(place.get(element)) ?? "", "aria-label": place.label ?? element.placeholder?.text ?? type, ...hooks(element), ...place.described,
    on: {
      change: async () => {
        const value = { type: element.type, [field]: node.value || null };
        if (!(await agreed(element))) return;
        place.set(element, value);
        if (node.value) await send(element, place, node, { [field]: node.value });
      },
    },
  });
  return node;
}

// Slack's value is unix seconds; the browser's field is a wall clock. It is read as the browser's zone.
function drawDateTime(element, place) {
  const pad = (at) => new Date((at - new Date(at * 1000).getTimezoneOffset() * 60) * 1000).toISOString().slice(0, 16);
  const at = chosen(place.get(element));
  const node = h("input.field.short", {
    type: "datetime-local", value: at === null ? "" : pad(at), "aria-label": place.label ?? "Date and time", ...hooks(element), ...place.described,
    on: {
      change: async () => {
        const seconds = node.value ? Math.floor(new Date(node.value).getTime() / 1000) : null;
        place.set(element, { type: element.type, selected_date_time: seconds });
        if (seconds !== null) await send(element, place, node, { selected_date_time: seconds });
      },
    },
  });
  return node;
}

function drawTextInput(element, place) {
  const placeholder = element.placeholder?.text;
  const keep = () => {
    place.set(element, { type: element.type, value: node.value === "" ? null : node.value });
    if (left) left.textContent = String(element.max_length - node.value.length);
    left?.classList.toggle("over", node.value.length > element.max_length);
  };
  const attributes = {
    value: chosen(place.get(element)) ?? "", placeholder, "aria-label": place.label ?? placeholder, dir: "auto", autocomplete: "off", ...hooks(element), ...place.described,
    on: { input: keep, keydown: (event) => dispatch(event, element, place, node) },
  };
  const type = { number_input: "number", email_text_input: "email", url_text_input: "url" }[element.type] ?? "text";
  const step = element.type === "number_input" ? { step: element.is_decimal_allowed ? "any" : "1", inputmode: "decimal" } : {};
  const node = element.multiline ? h("textarea.field", { rows: "4", ...attributes }) : h("input.field", { type, ...step, ...attributes });
  // Slack counts down beside the field when the author set a limit.
  const left = element.max_length && element.max_length < 3000 ? h("span.left", { "aria-hidden": "true" }, String(element.max_length - node.value.length)) : null;
  return left ? h("div.field-holder", {}, node, left) : node;
}

function dispatch(event, element, place, node) {
  const wanted = element.dispatch_action_config?.trigger_actions_on ?? ["on_enter_pressed"];
  if (event.key === "Enter" && !event.ctrlKey && !event.metaKey && wanted.includes("on_enter_pressed") && place.send && !element.multiline) {
    event.preventDefault();
    send(element, place, node, { value: node.value });
  }
}
