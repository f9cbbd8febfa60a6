// Slack's mrkdwn as a tree of plain objects. Pure: what the nodes look like is text.js's affair.
//
// The text arrives escaped the way Slack wants it (`&amp;`, `&lt;`, `&gt;`), so a bare `<` always opens an
// entity. Escapes are undone last, in the leaves, which become DOM text nodes: nothing a person wrote can
// turn into markup here.

/** Undoes Slack's three escapes, `&amp;` last so that `&amp;lt;` stays `&lt;`. */
export function unescape(text) {
  return text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
}

/** Slack's three escapes, for text that a person typed and that goes back as mrkdwn. */
export function escape(text) {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

/**
 * Blocks: `{type: "line" | "item" | "quote" | "pre", children}`; an `item` also has its `marker`, a `quote`
 * has `lines`.
 */
export function parse(text) {
  const blocks = [];
  // Code fences win over everything, and over line structure too.
  const parts = text.split("```");
  const fences = parts.length % 2 === 1 ? parts : [...parts.slice(0, -2), parts.slice(-2).join("```")];
  fences.forEach((part, index) => {
    if (index % 2 === 1) {
      blocks.push({ type: "pre", children: entitiesOnly(part.replace(/^\n/, "").replace(/\n$/, "")) });
      return;
    }
    let lines = part;
    // The line break that ends a fence's line is the fence's own, not an empty line.
    if (index > 0) lines = lines.replace(/^ *\n/, "");
    if (index < fences.length - 1) lines = lines.replace(/\n$/, "");
    if (lines === "" && fences.length > 1) return;
    for (const line of lines.split("\n")) addLine(blocks, line);
  });
  return blocks;
}

function addLine(blocks, line) {
  const quote = /^(?:&gt;|>) ?(.*)$/s.exec(line);
  if (quote) {
    const last = blocks.at(-1);
    const inner = parseInline(quote[1]);
    if (last?.type === "quote") last.lines.push(inner);
    else blocks.push({ type: "quote", lines: [inner] });
    return;
  }
  const item = /^( *)(•|◦|▪︎?|[-–] |\d{1,3}\. )\s*(.+)$/s.exec(line);
  if (item) {
    const marker = item[2].trim();
    blocks.push({ type: "item", indent: item[1].length, marker, children: parseInline(item[3]) });
    return;
  }
  blocks.push({ type: "line", children: parseInline(line) });
}

const STYLES = { "*": "bold", _: "italic", "~": "strike" };
const WORD = /[\p{L}\p{N}]/u;
const EMOJI = /:([a-z0-9_+'-]+):(?::skin-tone-([2-6]):)?/y;
const URL_TEXT = /(?:https?:\/\/|mailto:)[^\s<>|`]*[^\s<>|`.,;:!?'")\]}*_~]/iy;

/** Inline nodes of one line. */
export function parseInline(text) {
  const nodes = [];
  let plain = "";
  const flush = () => {
    if (plain) nodes.push({ type: "text", text: unescape(plain) });
    plain = "";
  };
  const push = (node, length) => {
    flush();
    nodes.push(node);
    return length;
  };
  let i = 0;
  while (i < text.length) {
    const rest = special(text, i);
    if (rest) i += push(rest.node, rest.length);
    else plain += text[i++];
  }
  flush();
  return nodes;
}

function special(text, i) {
  const character = text[i];
  if (character === "<") return entity(text, i);
  if (character === "`") return code(text, i);
  if (character === ":") return shortcode(text, i);
  if (character in STYLES) return styled(text, i);
  if ((character === "h" || character === "m") && !isWord(text, i - 1)) return bareUrl(text, i);
  return undefined;
}

function isWord(text, i) {
  return i >= 0 && i < text.length && WORD.test(text[i]);
}

function code(text, i) {
  const end = text.indexOf("`", i + 1);
  if (end <= i + 1) return undefined;
  // Mentions and links stay alive inside code, styles do not.
  return { node: { type: "code", children: entitiesOnly(text.slice(i + 1, end)) }, length: end + 1 - i };
}

function shortcode(text, i) {
  EMOJI.lastIndex = i;
  const match = EMOJI.exec(text);
  if (!match) return undefined;
  const name = match[2] ? `${match[1]}::skin-tone-${match[2]}` : match[1];
  return { node: { type: "emoji", name, text: match[0] }, length: match[0].length };
}

function bareUrl(text, i) {
  URL_TEXT.lastIndex = i;
  const match = URL_TEXT.exec(text);
  if (!match) return undefined;
  const url = unescape(match[0]);
  return { node: { type: "link", url, children: [{ type: "text", text: url }] }, length: match[0].length };
}

// A style opens and closes only at the edge of a word, and Chinese characters are word characters: Slack
// leaves `这是*粗体*` alone too, and a stand-in that rendered it would hide that from the author.
function styled(text, i) {
  const mark = text[i];
  if (isWord(text, i - 1) || text[i - 1] === mark) return undefined;
  const first = text[i + 1];
  if (first === undefined || first === mark || /\s/.test(first)) return undefined;
  let j = i + 1;
  while (j < text.length) {
    if (text[j] === mark && !/\s/.test(text[j - 1]) && !isWord(text, j + 1) && text[j + 1] !== mark) {
      return { node: { type: STYLES[mark], children: parseInline(text.slice(i + 1, j)) }, length: j + 1 - i };
    }
    // A mark inside code or inside an entity closes nothing.
    const skip = text[j] === "`" ? code(text, j) : text[j] === "<" ? entity(text, j) : undefined;
    j += skip ? skip.length : 1;
  }
  return undefined;
}

/** Text in which only `<…>` has a meaning: code and preformatted text. */
function entitiesOnly(text) {
  const nodes = [];
  let start = 0;
  for (let i = 0; i < text.length; i++) {
    const found = text[i] === "<" ? entity(text, i) : undefined;
    if (!found) continue;
    if (i > start) nodes.push({ type: "text", text: unescape(text.slice(start, i)) });
    nodes.push(found.node);
    i += found.length - 1;
    start = i + 1;
  }
  if (start < text.length) nodes.push({ type: "text", text: unescape(text.slice(start)) });
  return nodes;
}

function entity(text, i) {
  const end = text.indexOf(">", i + 1);
  if (end < 0) return undefined;
  const inner = text.slice(i + 1, end);
  const node = entityNode(inner);
  return node && { node, length: end + 1 - i };
}

function entityNode(inner) {
  const bar = inner.indexOf("|");
  const target = bar < 0 ? inner : inner.slice(0, bar);
  const label = bar < 0 ? undefined : inner.slice(bar + 1);
  const plain = label === undefined ? undefined : unescape(label);
  if (/^@[UWB][A-Z0-9]+$/.test(target)) return { type: "user", id: target.slice(1), label: plain };
  if (/^#[CGD][A-Z0-9]+$/.test(target)) return { type: "channel", id: target.slice(1), label: plain };
  if (target.startsWith("!subteam^")) return { type: "usergroup", id: target.slice(9), label: plain };
  if (target.startsWith("!date^")) {
    const [, seconds, template, link] = target.split("^");
    return { type: "date", seconds: Number(seconds || NaN), template: unescape(template ?? ""), link: link && unescape(link), fallback: plain ?? "" };
  }
  if (/^!(channel|here|everyone)$/.test(target)) return { type: "broadcast", range: target.slice(1) };
  if (target.startsWith("!")) return { type: "text", text: `<${plain ?? unescape(target.slice(1))}>` };
  if (/^(https?:\/\/|mailto:|tel:|slack:\/\/)/i.test(target)) {
    const url = unescape(target);
    const shown = plain === undefined || plain === "" ? [{ type: "text", text: url.replace(/^mailto:/, "") }] : labelNodes(label);
    return { type: "link", url, children: shown };
  }
  return undefined;
}

// A link's label may hold styles and emoji, but no entity.
function labelNodes(label) {
  return parseInline(label.replaceAll("<", "&lt;"));
}
