// The only way this page makes elements. Text goes in as text nodes, and there is no innerHTML anywhere, so
// what people and bots write cannot become markup.

/**
 * `h("button.primary", { type: "button", on: { click } }, "Save")`. `null`, `undefined` and `false` children
 * and attributes are left out, which lets callers write conditions in place.
 */
export function h(selector, attributes, ...children) {
  const [tag, ...classes] = selector.split(".");
  const node = document.createElement(tag || "div");
  if (classes.length) node.className = classes.join(" ");
  for (const [name, value] of Object.entries(attributes ?? {})) set(node, name, value);
  append(node, children);
  return node;
}

function set(node, name, value) {
  if (value === null || value === undefined || value === false) return;
  if (name === "on") {
    for (const [event, handler] of Object.entries(value)) node.addEventListener(event, handler);
  } else if (name === "style") {
    for (const [property, one] of Object.entries(value)) node.style.setProperty(property, one);
  } else if (name === "value" || name === "checked" || name === "disabled" || name === "selected") {
    node[name] = value;
  } else if (name === "class") {
    node.className += ` ${value}`;
  } else {
    node.setAttribute(name, value === true ? "" : value);
  }
}

export function append(node, children) {
  for (const child of children.flat(Infinity)) {
    if (child === null || child === undefined || child === false) continue;
    node.append(child instanceof Node ? child : String(child));
  }
}

/** A link only where a browser should follow it: a bot's `javascript:` stays text. */
export function link(url, attributes, ...children) {
  const safe = /^(https?:|mailto:|tel:)/i.test(url);
  if (!safe) return h("span", {}, ...children);
  return h("a.link", { href: url, target: "_blank", rel: "noopener noreferrer", ...attributes }, ...children);
}

/** Pictures come from the web or from the message itself, never from a scheme that could run. */
export function picture(url, alt, attributes) {
  const safe = /^(https?:|data:image\/)/i.test(url ?? "");
  return h("img", { src: safe ? url : undefined, alt: alt ?? "", title: alt, ...attributes });
}

/**
 * Puts `nodes` in the place of what `parent` holds, and keeps the keyboard where it was: the element with the
 * same `data-key` gets the focus back.
 */
export function replace(parent, ...nodes) {
  const active = document.activeElement;
  const key = parent.contains(active) ? active?.dataset?.key : undefined;
  parent.replaceChildren();
  append(parent, nodes);
  if (key) [...parent.querySelectorAll("[data-key]")].find((one) => one.dataset.key === key)?.focus();
}

/**
 * Lets `parent` hold one node for each of `items`, reusing the node whose key and signature are unchanged.
 * A message somebody is about to click, or a select they have open, survives the arrival of another message.
 */
export function reconcile(parent, items, build) {
  const old = new Map([...parent.children].map((node) => [node.dataset.reconcile, node]));
  let at = parent.firstElementChild;
  for (const { key, signature, item } of items) {
    let node = old.get(key);
    old.delete(key);
    if (!node || node.signature !== signature) {
      const fresh = build(item);
      fresh.dataset.reconcile = key;
      fresh.signature = signature;
      if (node === at) at = node?.nextElementSibling ?? null;
      node?.remove();
      node = fresh;
    }
    if (node === at) at = at.nextElementSibling;
    else parent.insertBefore(node, at);
  }
  for (const left of old.values()) left.remove();
}

const SVG = "http://www.w3.org/2000/svg";
const PATHS = {
  hash: "M8 3 6 17M14 3l-2 14M3 7.5h14M3 12.5h14",
  lock: "M5.5 9h9v7.5h-9ZM7 9V6.5a3 3 0 0 1 6 0V9",
  smile: "M10 2.5a7.5 7.5 0 1 0 0 15 7.5 7.5 0 0 0 0-15ZM7.4 7.9v.4M12.6 7.9v.4M6.8 11.8c.7 1.3 1.9 2 3.2 2s2.5-.7 3.2-2",
  reply: "M3 4.5h14v9.5H9l-4 3v-3H3ZM6.5 8h7M6.5 10.8h4.5",
  pencil: "m4 16 .8-3.2L13.5 4 16 6.5l-8.8 8.7ZM12 5.5 14.5 8",
  trash: "M4 5.5h12M8 5.5v-2h4v2M5.5 5.5l.8 11.5h7.4l.8-11.5M8.5 8.5v5.5M11.5 8.5v5.5",
  close: "m5 5 10 10M15 5 5 15",
  pin: "m7.5 3h5l-.6 5.2 2.6 2.8h-9l2.6-2.8ZM10 11v6",
  send: "M3 3.5 17.5 10 3 16.5 5 10ZM5 10h6",
  down: "m5.5 8 4.5 4.5L14.5 8",
  plus: "M10 4v12M4 10h12",
  more: "M10 4.5v.1M10 10v.1M10 15.5v.1",
  dots: "M4.5 10h.1M10 10h.1M15.5 10h.1",
  clock: "M10 2.5a7.5 7.5 0 1 0 0 15 7.5 7.5 0 0 0 0-15ZM10 6v4.2l2.8 1.8",
  eye: "M2.5 10S5.3 5 10 5s7.5 5 7.5 5-2.8 5-7.5 5-7.5-5-7.5-5ZM10 8a2 2 0 1 0 0 4 2 2 0 0 0 0-4Z",
  warning: "M10 3.5 17.5 16h-15ZM10 8v4M10 13.9v.1",
  book: "M4 4h5a1.5 1.5 0 0 1 1 1 1.5 1.5 0 0 1 1-1h5v11h-5l-1 1-1-1H4ZM10 5v11",
  bolt: "M11 2.5 4.5 11H9.5L9 17.5 15.5 9H10.5Z",
  people: "M7.5 4a2.7 2.7 0 1 0 0 5.4 2.7 2.7 0 0 0 0-5.4ZM2.5 16c0-3 2-4.8 5-4.8s5 1.8 5 4.8M13 4.5a2.5 2.5 0 0 1 0 4.7M14.5 11.5c2 .6 3 2.2 3 4.5",
};

/** A line icon, 20 units square, in the colour of the text around it. */
export function icon(name, size = 18) {
  const svg = document.createElementNS(SVG, "svg");
  for (const [key, value] of Object.entries({ viewBox: "0 0 20 20", width: size, height: size, "aria-hidden": "true", class: "icon" })) {
    svg.setAttribute(key, value);
  }
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", PATHS[name]);
  // Dots are lines of no length: only the width of the pen shows.
  if (name === "dots" || name === "more") path.setAttribute("stroke-width", "2.6");
  svg.append(path);
  return svg;
}
