// What floats above the page: popovers, menus, lists to choose from, confirm dialogs and toasts. Escape always
// closes the topmost one only, and the keyboard returns to where it came from.

import { h, icon } from "./dom.js";

const FOCUSABLE = "button:not(:disabled), [href], input:not(:disabled), textarea:not(:disabled), select:not(:disabled), [tabindex]:not([tabindex='-1'])";

/** Keeps Tab inside `box` until it is gone. */
export function trapFocus(box) {
  box.addEventListener("keydown", (event) => {
    if (event.key !== "Tab") return;
    const all = [...box.querySelectorAll(FOCUSABLE)].filter((one) => one.offsetParent !== null);
    const [first, last] = [all[0], all.at(-1)];
    const at = document.activeElement;
    if (event.shiftKey && (at === first || at === box)) {
      event.preventDefault();
      last?.focus();
    } else if (!event.shiftKey && at === last) {
      event.preventDefault();
      first?.focus();
    }
  });
}

let open;

export function closePopover() {
  open?.close();
}

/**
 * Shows `box` beside `anchor`, under it if there is room. One popover at a time; a click elsewhere closes it.
 * Returns the function that closes it.
 */
export function popover(anchor, box, { align = "start", onClose } = {}) {
  closePopover();
  box.classList.add("popover");
  // Inside an open form, or Tab would be trapped away from it and the form would cover it.
  (anchor.closest("dialog, [role=dialog]") ?? document.body).append(box);
  place(anchor, box, align);
  const outside = (event) => {
    if (!box.contains(event.target) && !anchor.contains(event.target)) close(false);
  };
  const key = (event) => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    event.preventDefault();
    close(true);
  };
  const opened = anchor.getBoundingClientRect();
  // Only if its place went away with it: messages that arrive scroll, too.
  const scrolled = () => {
    const { top, left } = anchor.getBoundingClientRect();
    if (anchor.isConnected && (Math.abs(top - opened.top) > 1 || Math.abs(left - opened.left) > 1)) close(false);
  };
  function close(refocus = true) {
    if (open?.box !== box) return;
    open = undefined;
    box.remove();
    document.removeEventListener("pointerdown", outside, true);
    document.removeEventListener("keydown", key, true);
    document.removeEventListener("scroll", scrolled, true);
    anchor.setAttribute("aria-expanded", "false");
    if (refocus) (anchor.isConnected ? anchor : successor(anchor))?.focus();
    onClose?.();
  }
  document.addEventListener("pointerdown", outside, true);
  document.addEventListener("keydown", key, true);
  document.addEventListener("scroll", scrolled, true);
  anchor.setAttribute("aria-expanded", "true");
  open = { box, close };
  return close;
}

/** What was drawn in the place of `node`. */
function successor({ dataset: { key } }) {
  return key && document.querySelector(`[data-key="${CSS.escape(key)}"]`);
}

function place(anchor, box, align) {
  const at = anchor.getBoundingClientRect();
  const size = box.getBoundingClientRect();
  const margin = 8;
  const left = align === "end" ? at.right - size.width : at.left;
  const below = at.bottom + 4;
  const top = below + size.height > innerHeight - margin ? Math.max(margin, at.top - size.height - 4) : below;
  box.style.left = `${Math.max(margin, Math.min(left, innerWidth - size.width - margin))}px`;
  box.style.top = `${Math.min(top, Math.max(margin, innerHeight - size.height - margin))}px`;
}

/** A menu of `{label, hint, danger, checked, run}`; `null` draws a line, `{title}` a heading. */
export function menu(anchor, items, options) {
  const box = h("div.menu", { role: "menu" });
  const close = popoverOf(anchor, box, options, items.map((item) => {
    if (item === null) return h("div.menu-line", { role: "separator" });
    if (item.title) return h("div.menu-title", {}, item.title);
    const chosen = item.checked === undefined ? {} : { "aria-checked": String(item.checked) };
    return h("button.menu-item", {
      type: "button", role: item.checked === undefined ? "menuitem" : "menuitemradio", ...chosen,
      class: item.danger ? "danger" : undefined, ...item.data,
      on: { click: () => { close(); item.run(); } },
    }, h("span.menu-label", {}, item.label), item.hint ? h("span.menu-hint", {}, item.hint) : null);
  }));
  arrows(box, ".menu-item");
  box.querySelector(".menu-item")?.focus();
}

function popoverOf(anchor, box, options, nodes) {
  box.append(...nodes);
  return popover(anchor, box, options);
}

function arrows(box, selector) {
  box.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const all = [...box.querySelectorAll(selector)];
    all[(all.indexOf(document.activeElement) + step + all.length) % all.length]?.focus();
  });
}

/**
 * A list to choose from, with a search field once it is long. `groups` are `{label?, options}`, options are
 * `{key, text, nodes, description?, selected}`. With `many` it stays open and `onPick` is called for each.
 */
export function chooser(anchor, { groups, label, many = false, onPick }) {
  const count = groups.reduce((sum, group) => sum + group.options.length, 0);
  const search = h("input.chooser-search", { type: "text", placeholder: "Search", "aria-label": `Search ${label}`, autocomplete: "off" });
  const list = h("div.chooser-list", { role: "listbox", "aria-label": label, "aria-multiselectable": many ? "true" : undefined, tabindex: "-1" });
  const box = h("div.chooser", {}, count > 7 ? search : null, list);
  let at = -1;
  let shown = [];

  function draw() {
    const wanted = search.value.trim().toLowerCase();
    shown = [];
    list.replaceChildren(...groups.flatMap((group) => {
      const fitting = group.options.filter((one) => one.text.toLowerCase().includes(wanted));
      if (fitting.length === 0) return [];
      return [group.label ? h("div.chooser-group", {}, group.label) : null, ...fitting.map(row)].filter(Boolean);
    }));
    if (shown.length === 0) list.append(h("div.chooser-none", {}, count === 0 ? "Nothing to choose from" : "No results"));
    const selected = shown.findIndex(({ one }) => one.selected);
    mark(wanted ? 0 : Math.max(selected, 0));
  }

  function row(one) {
    const node = h("div.option", { role: "option", "aria-selected": String(Boolean(one.selected)), "data-value": one.key, on: { click: () => pick(one), mousemove: () => mark(shown.findIndex((entry) => entry.one === one)) } },
      h("span.option-text", {}, one.nodes ?? one.text), one.description ? h("span.option-description", {}, one.description) : null);
    shown.push({ one, node });
    return node;
  }

  function mark(index) {
    at = index;
    shown.forEach(({ node }, n) => node.classList.toggle("active", n === at));
    shown[at]?.node.scrollIntoView({ block: "nearest" });
  }

  function pick(one) {
    if (many) {
      one.selected = !one.selected;
      onPick(one);
      const keep = at;
      draw();
      mark(keep);
      return;
    }
    close();
    onPick(one);
  }

  box.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && shown.length) {
      event.preventDefault();
      mark((at + step + shown.length) % shown.length);
    } else if (event.key === "Enter" || (event.key === " " && event.target !== search)) {
      event.preventDefault();
      // Ctrl+Enter would otherwise submit the form behind the list.
      event.stopPropagation();
      if (shown[at]) pick(shown[at].one);
    } else if (event.key === "Tab") {
      close();
    }
  });
  search.addEventListener("input", draw);
  box.style.minWidth = `${Math.max(anchor.getBoundingClientRect().width, 200)}px`;
  draw();
  const close = popover(anchor, box);
  (count > 7 ? search : list).focus();
}

/**
 * Slack's confirm dialog. Texts are nodes; resolves to whether the person went through with it.
 */
export function confirm({ title, text, yes, no, danger }) {
  closePopover();
  const before = document.activeElement;
  return new Promise((resolve) => {
    const finish = (answer) => {
      layer.remove();
      before?.isConnected && before.focus();
      resolve(answer);
    };
    const button = (kind, answer, nodes) => h(`button.button.${kind}`, { type: "button", on: { click: () => finish(answer) } }, nodes);
    const go = button(danger ? "danger" : "primary", true, yes);
    const box = h("div.confirm", { role: "alertdialog", "aria-modal": "true", "aria-labelledby": "confirm-title" },
      h("h2.confirm-title", { id: "confirm-title" }, title),
      h("div.confirm-text", {}, text),
      h("div.confirm-buttons", {}, button("plain", false, no), go));
    const layer = h("div.veil", { on: { pointerdown: (event) => event.target === layer && finish(false) } }, box);
    layer.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && event.target.tagName !== "BUTTON") finish(true);
      if (event.key === "Escape") finish(false);
      event.stopPropagation();
    });
    trapFocus(box);
    document.body.append(layer);
    go.focus();
  });
}

/** A sentence at the bottom of the page: what went wrong, for as long as it takes to read it. */
export function toast(words, { kind = "error" } = {}) {
  const holder = document.getElementById("toasts");
  const node = h("div.toast", { class: kind, role: kind === "error" ? "alert" : "status" },
    kind === "error" ? icon("warning") : null,
    h("span.toast-words", {}, words),
    h("button.icon-button", { type: "button", "aria-label": "Dismiss", on: { click: () => node.remove() } }, icon("close", 16)));
  holder.append(node);
  while (holder.children.length > 4) holder.firstChild.remove();
  setTimeout(() => node.remove(), 4000 + words.length * 50);
}

/** Says so when an act failed; answers it either way. */
export async function orToast(promise) {
  const answer = await promise;
  if (!answer.ok) toast(answer.words ?? "That did not work.");
  return answer;
}
