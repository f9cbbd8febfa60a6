// What the composer offers, and whether Enter takes it or sends what stands there.

import assert from "node:assert/strict";
import { test } from "node:test";
import { complete } from "../../src/standin/page/complete.js";
import { EMOJI_NAMES, PICKER, emoji } from "../../src/standin/page/emoji.js";

const WORLD = {
  commands: [{ command: "/incident", usage_hint: "[declare|ack|help]", description: "Run incidents" }],
  people: [{ id: "U1", name: "alice", real_name: "Alice Archer" }, { id: "U2", name: "bob", real_name: "Bob Baker" }, { id: "U3", name: "chenwei", real_name: "陈伟" }, { id: "U4", name: "gone", deleted: true }],
  channels: [{ id: "C1", name: "incidents" }, { id: "C2", name: "inc-2026-001" }, { id: "C3", name: "old", is_archived: true }, { id: "D1", name: "", is_im: true }],
  emojiNames: EMOJI_NAMES,
};

const offer = (text, more) => {
  const found = complete(text, text.length, { ...WORLD, ...more });
  return found ? `${found.options.slice(0, 4).map((one) => one.key).join(" ")}${found.preselect ? " (taken by Enter)" : ""}` : "nothing";
};

const CASES = [
  ["", "nothing"],
  ["hello", "nothing"],
  ["/", "/incident (taken by Enter)"],
  ["/inc", "/incident (taken by Enter)"],
  ["/incident", "/incident"],
  ["/other", "nothing"],
  // Enter after a bare command sends it.
  ["/incident ", "declare ack take assign"],
  ["/incident de", "declare decision (taken by Enter)"],
  ["/incident ack", "ack"],
  ["/incident status ", "investigating identified monitoring resolved"],
  ["/incident status mon", "monitoring (taken by Enter)"],
  ["/incident status monitoring", "monitoring"],
  ["/incident status monitoring all", "nothing"],
  ["/incident update rolled", "nothing"],
  ["/incident assign @bo", "bob (taken by Enter)"],
  ["/incident assign @bob", "bob"],
  ["ask @", "alice bob chenwei here (taken by Enter)"],
  ["ask @陈", "chenwei (taken by Enter)"],
  ["mail a@b", "nothing"],
  ["see #inc", "incidents inc-2026-001 (taken by Enter)"],
  ["see #incidents", "incidents"],
  ["it is :rotating", "rotating_light (taken by Enter)"],
  ["at 10:15", "nothing"],
];

for (const [text, expected] of CASES) {
  test(`completing ${JSON.stringify(text)}`, () => assert.equal(offer(text), expected));
}

test("no command is offered in a thread: Slack runs none there", () => {
  assert.equal(offer("/inc", { inThread: true }), "nothing");
});

test("an option says what it replaces", () => {
  const { start, end, options } = complete("/incident assign @bo now", 20, WORLD);
  assert.deepEqual([start, end, options[0].insert], [17, 20, "@bob "]);
});

test("every emoji of the picker has a picture, and skin tones do no harm", () => {
  assert.deepEqual(PICKER.filter((name) => !emoji(name)), []);
  assert.equal(emoji("+1::skin-tone-6"), "👍🏿");
  assert.equal(emoji("+1::skin-tone-9"), "👍");
  assert.equal(emoji("no_such_thing"), undefined);
});
