// What could come next while somebody types: commands, their words, people, channels, emoji. Pure.

/** The words of an incident command, with what they take. Used where a command's usage hint speaks of them. */
const WORDS = {
  declare: "[severity] [title] · open an incident", ack: "Acknowledge: somebody is on it", take: "[role] · take a role (default: owner)",
  assign: "@person [role]", update: "text · where it stands; resets the nag", status: "investigating | identified | monitoring | resolved",
  severity: "severity [reason]", impact: "text · who notices, and how", eta: "text · when it may be over", service: "name",
  note: "text · for the timeline", decision: "text · for the timeline", action: "text [@person] [due date]",
  draft: "stakeholders | customers", snooze: "30m · put the next nag off", why: "The ledger of nags", resolve: "[summary]",
  reopen: "reason", cancel: "reason", close: "After the post-mortem", show: "[INC-…]", list: "[open | mine | all]",
  timeline: "[INC-…]", help: "All of this",
};

const ARGUMENTS = {
  status: ["investigating", "identified", "monitoring", "resolved"],
  draft: ["stakeholders", "customers"], list: ["open", "mine", "all"], snooze: ["15m", "30m", "1h"],
};

const MOST = 8;

/**
 * Completions for `text` with the caret at `caret`: `{title, start, end, options, preselect}` or undefined.
 * Each option is `{insert, label, hint, kind, key}`. `preselect` says whether Enter takes the first one: not
 * where Enter must send what stands there, because it is whole already.
 */
export function complete(text, caret, { commands, people, channels, emojiNames, inThread }) {
  const before = text.slice(0, caret);
  return (inThread ? undefined : ofCommand(before, commands)) ?? ofMention(before, people) ?? ofChannel(before, channels) ?? ofEmoji(before, emojiNames);
}

function result(title, start, end, options, preselect) {
  return options.length ? { title, start, end, options: options.slice(0, MOST * 4), preselect } : undefined;
}

function ofCommand(before, commands) {
  const name = /^\/\S*$/.exec(before);
  if (name) {
    const options = commands.filter((one) => one.command.startsWith(before))
      .map((one) => ({ kind: "command", key: one.command, insert: `${one.command} `, label: one.command, hint: [one.usage_hint, one.description].filter(Boolean).join(" · ") }));
    return result("Commands", 0, before.length, options, before !== options[0]?.key);
  }
  const words = /^(\/\S+)\s+(?:(\S+)\s+)?(\S*)$/.exec(before);
  const command = words && commands.find((one) => one.command === words[1]);
  if (!command) return undefined;
  const known = wordsOf(command);
  const [, , first, prefix] = words;
  const start = before.length - prefix.length;
  const list = first === undefined ? Object.keys(known) : known === WORDS ? (ARGUMENTS[first] ?? []) : [];
  const options = list.filter((one) => one.startsWith(prefix.toLowerCase()))
    .map((one) => ({ kind: "word", key: one, insert: `${one} `, label: one, hint: first === undefined ? known[one] : "" }));
  return result(first === undefined ? command.command : `${command.command} ${first}`, start, before.length, options, prefix !== "" && !list.includes(prefix));
}

function wordsOf(command) {
  const hint = command.usage_hint ?? "";
  if (/\bdeclare\b/.test(hint) || command.command === "/incident") return WORDS;
  return Object.fromEntries([...hint.matchAll(/(?<=[[|\s]|^)[a-z][a-z-]+(?=[\]|\s]|$)/g)].map(([word]) => [word, ""]));
}

function ofMention(before, people) {
  const at = /(?:^|[\s(])@([\p{L}\p{N}._-]*)$/u.exec(before);
  if (!at) return undefined;
  const wanted = at[1].toLowerCase();
  const options = people
    .filter((one) => !one.deleted && one.id !== "USLACKBOT" && [one.name, ...(one.real_name ?? "").split(" ")].some((part) => part.toLowerCase().startsWith(wanted)))
    .map((one) => ({ kind: "person", key: one.name, insert: `@${one.name} `, label: one.real_name || one.name, hint: one.name, person: one }));
  for (const range of ["here", "channel"]) {
    if (range.startsWith(wanted)) options.push({ kind: "range", key: range, insert: `@${range} `, label: `@${range}`, hint: range === "here" ? "Everybody who is online in this channel" : "Everybody in this channel" });
  }
  return result("People", before.length - at[1].length - 1, before.length, options, !options.some((one) => one.key === wanted));
}

function ofChannel(before, channels) {
  const hash = /(?:^|[\s(])#([\p{L}\p{N}_-]*)$/u.exec(before);
  if (!hash) return undefined;
  const wanted = hash[1].toLowerCase();
  const options = channels.filter((one) => !one.is_im && !one.is_archived && one.name.includes(wanted))
    .map((one) => ({ kind: "channel", key: one.name, insert: `#${one.name} `, label: `# ${one.name}`, hint: "" }));
  return result("Channels", before.length - hash[1].length - 1, before.length, options, !options.some((one) => one.key === wanted));
}

function ofEmoji(before, names) {
  const colon = /(?:^|[\s(]):([a-z0-9_+-]{2,})$/.exec(before);
  if (!colon) return undefined;
  const options = names.filter((one) => one.startsWith(colon[1]))
    .map((one) => ({ kind: "emoji", key: one, insert: `:${one}: `, label: `:${one}:`, hint: "" }));
  return result("Emoji", before.length - colon[1].length - 1, before.length, options.slice(0, MOST), true);
}
