// What the page makes of text: run with `node --test tests/page_unit/*.mjs`. No dependency, no browser.

import assert from "node:assert/strict";
import { test } from "node:test";
import { escape, parse, parseInline, unescape } from "../../src/standin/page/mrkdwn.js";
import { parseMarkdown } from "../../src/standin/page/markdown.js";

/** A tree in one line: `bold(text)`, so that a table of cases stays readable. */
function show(nodes) {
  return nodes.map((node) => {
    switch (node.type) {
      case "text": return node.text;
      case "emoji": return `emoji(${node.name})`;
      case "user": case "channel": case "usergroup": return `${node.type}(${node.id}${node.label ? `|${node.label}` : ""})`;
      case "broadcast": return `broadcast(${node.range})`;
      case "link": return `link(${node.url}|${show(node.children)})`;
      case "date": return `date(${node.seconds}|${node.template}|${node.link ?? ""}|${node.fallback})`;
      default: return `${node.type}(${show(node.children)})`;
    }
  }).join("");
}

const INLINE = [
  ["plain", "plain"],
  ["*bold* _it_ ~gone~ `code`", "bold(bold) italic(it) strike(gone) code(code)"],
  ["*_both_*", "bold(italic(both))"],
  // A style opens and closes at the edge of a word only.
  ["a_b_c 2*3*4", "a_b_c 2*3*4"],
  ["* not * bold", "* not * bold"],
  ["这是*粗体*", "这是*粗体*"],
  ["这是 *粗体* 。", "这是 bold(粗体) 。"],
  ["(*x*), *y*.", "(bold(x)), bold(y)."],
  ["*open", "*open"],
  ["**", "**"],
  ["*a `*` b*", "bold(a code(*) b)"],
  // Nothing but entities lives in code.
  ["`*x* :fire: <@U1>`", "code(*x* :fire: user(U1))"],
  ["``", "``"],
  ["<@U024BE7LH> <@W1|ann>", "user(U024BE7LH) user(W1|ann)"],
  ["<#C1|ops> <#C2>", "channel(C1|ops) channel(C2)"],
  ["<!subteam^S1|@oncall>", "usergroup(S1|@oncall)"],
  ["<!here> <!channel> <!everyone>", "broadcast(here) broadcast(channel) broadcast(everyone)"],
  ["<https://x.y/a?b=1&amp;c=2|*see* &lt;it&gt;>", "link(https://x.y/a?b=1&c=2|bold(see) <it>)"],
  ["<https://x.y>", "link(https://x.y|https://x.y)"],
  ["<mailto:a@b.c|a@b.c>", "link(mailto:a@b.c|a@b.c)"],
  ["see https://x.y/z?q=1&amp;r=2.", "see link(https://x.y/z?q=1&r=2|https://x.y/z?q=1&r=2)."],
  ["<!date^1763650000^{date} at {time}^https://x.y|later>", "date(1763650000|{date} at {time}|https://x.y|later)"],
  [":fire: :+1::skin-tone-3: 10:15:20", "emoji(fire) emoji(+1::skin-tone-3) 10emoji(15)20"],
  // What a person wrote stays what it is.
  ["&lt;!channel&gt; &amp;lt; &amp;amp;", "<!channel> &lt; &amp;"],
  ["<script>alert(1)</script>", "<script>alert(1)</script>"],
  ["<javascript:alert(1)|x>", "<javascript:alert(1)|x>"],
  ["a < b > c", "a < b > c"],
];

for (const [text, expected] of INLINE) {
  test(`inline: ${text}`, () => assert.equal(show(parseInline(text)), expected));
}

function showBlocks(blocks) {
  return blocks.map((block) => {
    if (block.type === "quote") return `quote[${block.lines.map(show).join(" / ")}]`;
    if (block.type === "item") return `item[${block.marker} ${show(block.children)}]`;
    return `${block.type}[${show(block.children)}]`;
  }).join(" ");
}

const BLOCKS = [
  ["one\n\ntwo", "line[one] line[] line[two]"],
  ["&gt; a\n&gt; *b*\nc", "quote[a / bold(b)] line[c]"],
  ["> a", "quote[a]"],
  ["• one\n• two\n1. three", "item[• one] item[• two] item[1. three]"],
  ["a\n```\nlet x = &lt;y&gt;;\n*no*\n```\nb", "line[a] pre[let x = <y>;\n*no*] line[b]"],
  ["```x```", "pre[x]"],
  // A fence that is never closed is text.
  ["a ``` b", "line[a ``` b]"],
  ["", "line[]"],
];

for (const [text, expected] of BLOCKS) {
  test(`blocks: ${JSON.stringify(text)}`, () => assert.equal(showBlocks(parse(text)), expected));
}

test("what is escaped comes back as it was", () => {
  for (const text of ["a < b && c > d", "&lt;", "<!channel>", "&amp;lt;"]) assert.equal(unescape(escape(text)), text);
});

test("4,000 marks without a partner are text, every one of them", () => {
  for (const mark of ["*", "_a ", "&lt;", "`", "~", "*a "]) {
    const text = mark.repeat(4000 / mark.length);
    assert.equal(show(parseInline(text)), unescape(text));
  }
});

test("Markdown", () => {
  const blocks = parseMarkdown("# Head\ntext **bold** *it* `c`\nmore\n\n- a\n  - b\n- c\n\n1. x\n\n> q\n\n```\ncode *x*\n```\n\n| a | b |\n|---|---|\n| 1 | **2** |\n\n---");
  assert.deepEqual(blocks.map((block) => block.type), ["heading", "paragraph", "list", "list", "quote", "pre", "table", "rule"]);
  assert.equal(show(blocks[1].lines[0]), "text bold(bold) italic(it) code(c)");
  assert.equal(blocks[2].items.length, 2);
  assert.equal(show(blocks[2].items[0].blocks[0].items[0].children), "b");
  assert.equal(blocks[3].ordered, true);
  assert.equal(blocks[5].text, "code *x*");
  assert.equal(show(blocks[6].rows[1][1]), "bold(2)");
});

test("Markdown that never ends is still read", () => {
  for (const text of ["```\nopen", "- ", "|", "> ", "#", "1.", "* * *", "**", "[a](", "a | b"]) {
    assert.ok(Array.isArray(parseMarkdown(text)), text);
  }
});
