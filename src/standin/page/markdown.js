// The `markdown` block: standard Markdown (what Slack documents for it), into the same inline nodes as
// mrkdwn.js, so that text.js draws both. Pure.

/** Blocks: heading, paragraph, list (with items that may hold a list), quote, pre, rule, table. */
export function parseMarkdown(text) {
  return blocksOf(text.replace(/\r\n?/g, "\n").split("\n"));
}

function blocksOf(lines) {
  const blocks = [];
  let i = 0;
  const take = (test) => {
    const start = i;
    while (i < lines.length && test(lines[i])) i++;
    return lines.slice(start, i);
  };
  while (i < lines.length) {
    const line = lines[i];
    const heading = /^(#{1,6})\s+(.*?)\s*#*$/.exec(line);
    const fence = /^\s*(```|~~~)/.exec(line);
    if (line.trim() === "") i++;
    else if (fence) {
      i++;
      const inner = take((one) => !one.trimStart().startsWith(fence[1]));
      i++;
      blocks.push({ type: "pre", text: inner.join("\n") });
    } else if (heading) {
      i++;
      blocks.push({ type: "heading", level: heading[1].length, children: inline(heading[2]) });
    } else if (/^\s*([-*_])(\s*\1){2,}\s*$/.test(line)) {
      i++;
      blocks.push({ type: "rule" });
    } else if (/^\s*>/.test(line)) {
      const inner = take((one) => /^\s*>/.test(one)).map((one) => one.replace(/^\s*> ?/, ""));
      blocks.push({ type: "quote", blocks: blocksOf(inner) });
    } else if (isItem(line)) {
      blocks.push(listOf(take((one) => isItem(one) || /^\s{2,}\S/.test(one))));
    } else if (line.includes("|") && /^\s*\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)*\|?\s*$/.test(lines[i + 1] ?? "")) {
      const rows = take((one) => one.includes("|"));
      blocks.push({ type: "table", rows: rows.filter((_, n) => n !== 1).map(cells) });
    } else {
      const inner = take((one) => one.trim() !== "" && !/^(#{1,6}\s|\s*(```|~~~|>))/.test(one) && !isItem(one));
      blocks.push({ type: "paragraph", lines: inner.map((one) => inline(one.trim())) });
    }
  }
  return blocks;
}

const ITEM = /^(\s*)(?:[-*+]|(\d{1,9})[.)])\s+(.*)$/;
const isItem = (line) => ITEM.test(line) && !/^\s*([-*_])(\s*\1){2,}\s*$/.test(line);

function listOf(lines) {
  const [, indent, number] = ITEM.exec(lines[0]);
  const list = { type: "list", ordered: number !== undefined, start: Number(number ?? 1), items: [] };
  for (let i = 0; i < lines.length; ) {
    const item = ITEM.exec(lines[i]);
    if (item && item[1].length <= indent.length) {
      const task = /^\[([ xX])\]\s+(.*)$/.exec(item[3]);
      const mark = task ? (task[1] === " " ? "☐ " : "☑ ") : "";
      list.items.push({ children: inline(mark + (task ? task[2] : item[3])), blocks: [] });
      i++;
      continue;
    }
    const start = i;
    while (i < lines.length && !(ITEM.exec(lines[i])?.[1].length <= indent.length)) i++;
    const width = /^\s*/.exec(lines[start])[0].length;
    list.items.at(-1)?.blocks.push(...blocksOf(lines.slice(start, i).map((one) => one.slice(width))));
  }
  return list;
}

function cells(row) {
  return row.trim().replace(/^\||\|$/g, "").split("|").map((cell) => inline(cell.trim()));
}

const INLINE = [
  [/^`([^`]+)`/, (m) => ({ type: "code", children: [{ type: "text", text: m[1] }] })],
  [/^\*\*(?=\S)(.+?\S|\S)\*\*/, (m) => ({ type: "bold", children: inline(m[1]) })],
  [/^__(?=\S)(.+?\S|\S)__(?!\w)/, (m) => ({ type: "bold", children: inline(m[1]) })],
  [/^~~(?=\S)(.+?)~~/, (m) => ({ type: "strike", children: inline(m[1]) })],
  [/^\*(?=[^\s*])(.*?[^\s*])\*(?!\*)/, (m) => ({ type: "italic", children: inline(m[1]) })],
  [/^_(?=[^\s_])(.*?[^\s_])_(?!\w)/, (m) => ({ type: "italic", children: inline(m[1]) })],
  [/^!?\[([^\]]*)\]\((\S+?)(?:\s+"[^"]*")?\)/, (m) => ({ type: "link", url: m[2], children: inline(m[1] || m[2]) })],
  [/^<@([UWB][A-Z0-9]+)>/, (m) => ({ type: "user", id: m[1] })],
  [/^<#([CGD][A-Z0-9]+)(?:\|([^>]*))?>/, (m) => ({ type: "channel", id: m[1], label: m[2] })],
  [/^<?(https?:\/\/[^\s<>)]*[^\s<>).,;:!?])>?/, (m) => ({ type: "link", url: m[1], children: [{ type: "text", text: m[1] }] })],
  [/^:([a-z0-9_+'-]+):/, (m) => ({ type: "emoji", name: m[1], text: m[0] })],
  [/^\\([!-/:-@[-`{-~])/, (m) => ({ type: "text", text: m[1] })],
  [/^(&lt;|&gt;|&amp;)/, (m) => ({ type: "text", text: { "&lt;": "<", "&gt;": ">", "&amp;": "&" }[m[1]] })],
];

function inline(text) {
  const nodes = [];
  let plain = "";
  for (let i = 0; i < text.length; ) {
    const rest = text.slice(i);
    const inWord = /\w/.test(text[i - 1] ?? "") && text[i] === "_";
    const rule = inWord ? undefined : INLINE.find(([pattern]) => pattern.test(rest));
    if (!rule) {
      plain += text[i++];
      continue;
    }
    const match = rule[0].exec(rest);
    if (plain) nodes.push({ type: "text", text: plain });
    plain = "";
    nodes.push(rule[1](match));
    i += match[0].length;
  }
  if (plain) nodes.push({ type: "text", text: plain });
  return nodes;
}
