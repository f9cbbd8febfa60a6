// Messages: the log of a channel or of a thread, and everything that hangs on one message.

import { h, icon, picture, reconcile } from "./dom.js";
import { avatar } from "./avatar.js";
import { clockTime, dayLabel, daysApart, fullDate } from "./dates.js";
import { drawBlocks } from "./blocks.js";
import { emoji } from "./emoji.js";
import { emojiNode, flat, mrkdwn } from "./text.js";
import { editBox, forgetEdit, isEditing, startEdit } from "./editing.js";
import { orToast, confirm } from "./overlays.js";
import { pickEmoji } from "./picker.js";
import * as world from "./store.js";

const { store, act } = world;
const seconds = (ts) => Number(ts);
const GROUP_WITHIN_S = 300;

/** Draws `messages` into `list`; `kind` is "channel" or "thread". */
export function drawMessages(list, messages, kind) {
  const items = kind === "channel" && store.channel ? [beginning(world.channelOf(store.channel))] : [];
  let last;
  for (const message of messages) {
    const day = !last || daysApart(seconds(message.ts), seconds(last.ts), world.me().tz) !== 0;
    if (day && kind === "channel") items.push(divider(`day-${message.ts}`, dayLabel(seconds(message.ts), world.now(), world.me())));
    const isNew = kind === "channel" && store.newAfter !== undefined && seconds(message.ts) > store.newAfter && !(last && seconds(last.ts) > store.newAfter);
    if (isNew) items.push({ key: "new", signature: "new", item: () => h("div.new-line", { role: "separator" }, h("span", {}, "New")) });
    const grouped = !day && !isNew && belongsTo(message, last);
    items.push({ key: message.ts, signature: signature(message, grouped), item: () => drawMessage(message, { grouped, kind }) });
    if (kind === "thread" && message === messages[0]) items.push(threadCount(messages.length - 1));
    last = message;
  }
  reconcile(list, items, (draw) => draw());
}

// The whole history is always on the page, so its beginning is too.
function beginning(channel) {
  const name = world.channelName(channel);
  const words = channel?.is_im ? ["This is the very beginning of your messages with ", h("b", {}, name), "."] : ["This is the very beginning of the ", h("b", {}, `#${name}`), " channel."];
  const picture = channel?.is_im ? avatar(world.person(channel.with), 48) : h("span.beginning-mark", { "aria-hidden": "true" }, icon("hash", 30));
  return { key: "beginning", signature: `${channel?.id} ${name}`, item: () => h("div.beginning", {}, picture, h("h2", {}, name), h("p", {}, words)) };
}

function divider(key, label) {
  return { key, signature: label, item: () => h("div.day", { role: "separator", "aria-label": label }, h("span.day-label", {}, label)) };
}

function threadCount(count) {
  const words = count === 0 ? "" : count === 1 ? "1 reply" : `${count} replies`;
  return { key: "count", signature: words, item: () => h("div.thread-count", {}, words ? h("span", {}, words) : null) };
}

// All that a message's picture depends on. Names and channels come from the state, relative dates from the
// clock; neither changes often enough to redraw for, except where a message shows the time itself.
function signature(message, grouped) {
  const text = JSON.stringify(message);
  const clock = text.includes("!date^") || text.includes('"date"') ? Math.floor(world.now() / 60) : "";
  const day = Math.floor(world.now() / 86_400);
  return [text, grouped, store.me, isEditing(message), clock, day, store.state?.people.length, store.state?.channels.length].join("|");
}

function belongsTo(message, last) {
  if (!last || last.pinned || message.pinned || last.ephemeral || message.ephemeral || last.subtype || message.subtype) return false;
  const same = last.user === message.user && last.username === message.username && !last.reply_count;
  return same && seconds(message.ts) - seconds(last.ts) < GROUP_WITHIN_S;
}

function author(message) {
  const person = world.person(message.user);
  return { person, name: message.username ?? world.displayName(person), isApp: Boolean(message.bot_id) || Boolean(person?.is_bot && person.id !== "USLACKBOT") };
}

function drawMessage(message, { grouped, kind }) {
  const who = author(message);
  const at = seconds(message.ts);
  const time = clockTime(at, { ...world.me(), locale: "en-US" });
  const full = fullDate(at, world.now(), world.me());
  const node = h("article.message", {
    "data-ts": message.ts, "data-user": message.user, tabindex: "-1", "aria-label": `${who.name}, ${time}`,
    class: [grouped ? "grouped" : "", message.pinned ? "pinned" : "", message.ephemeral ? "ephemeral" : "", message.subtype ? "system" : ""].join(" "),
  },
    message.ephemeral ? h("div.note.note-eye", {}, icon("eye", 14), "Only visible to you") : null,
    message.pinned ? h("div.note.note-pin", {}, icon("pin", 14), "Pinned to the channel") : null,
    h("div.gutter", {}, grouped ? h("time.gutter-time", { title: full }, time.replace(/ [AP]M$/, "")) : avatar(who.person ?? { real_name: who.name, is_bot: who.isApp })),
    h("div.body", {},
      grouped ? null : h("div.byline", {}, h("span.author", {}, who.name), who.isApp ? h("span.badge", {}, "APP") : null, h("time.time", { title: full }, time)),
      isEditing(message) ? editBox(message) : content(message),
      reactions(message),
      kind === "channel" ? threadBar(message) : null),
    isEditing(message) ? null : toolbar(message, kind));
  return node;
}

const ONLY_EMOJI = /^\s*(?::[a-z0-9_+'-]+:\s*){1,12}$/;

function content(message) {
  // Of what somebody did (“<@U…> set the channel topic: …”) the name stands above it already.
  const text = (message.text ?? "").replace(message.subtype ? `<@${message.user}> ` : "", "");
  // A person's blocks are only Slack's translation of what they typed; the text still has their *marks*.
  const blocks = author(message).isApp || !text ? (message.blocks ?? []) : [];
  const context = { send: (block, element, fields) => click(message, block, element, fields) };
  const box = h("div.content");
  const jumbo = blocks.length === 0 && ONLY_EMOJI.test(text) && [...text.matchAll(/:([^:\s]+):/g)].every((one) => emoji(one[1]));
  if (message.subtype === "tombstone" || message.deleted) box.append(h("em.gone", {}, "This message was deleted."));
  else if (blocks.length) box.append(...drawBlocks(blocks, context));
  else if (text) box.append(h("div.text", { class: jumbo ? "jumbo" : undefined }, mrkdwn(text)));
  for (const one of message.attachments ?? []) box.append(attachment(one, context));
  if (message.edited) box.append(h("span.edited", {}, "(edited)"));
  return box;
}

function attachment(one, context) {
  const colour = /^#?[0-9a-f]{6}$/i.test(one.color ?? "") ? `#${one.color.replace("#", "")}` : undefined;
  return h("div.attachment", { style: colour ? { "border-color": colour } : {} },
    one.pretext ? mrkdwn(one.pretext) : null,
    one.title ? h("strong", {}, mrkdwn(one.title)) : null,
    one.blocks ? drawBlocks(one.blocks, context) : mrkdwn(one.text ?? one.fallback ?? ""),
    one.image_url ? picture(one.image_url, one.fallback) : null);
}

async function click(message, block, element, fields) {
  await orToast(act("click", { channel: store.channel, ts: message.ts, block_id: block.block_id, action_id: element.action_id, ...fields }));
}

// --- Reactions ---------------------------------------------------------------------------------------

function reactions(message) {
  if (!message.reactions?.length) return null;
  return h("div.reactions", {}, message.reactions.map((one) => {
    const mine = one.users.includes(store.me);
    const names = one.users.map((id) => (id === store.me ? "You" : world.displayName(world.person(id)))).join(", ");
    return h("button.reaction", {
      type: "button", class: mine ? "mine" : undefined, "aria-pressed": String(mine), title: `${names} reacted with :${one.name}:`,
      "aria-label": `:${one.name}: ${one.users.length}`, "data-reaction": one.name, on: { click: () => toggleReaction(message, one.name) },
    }, emojiNode(one.name), h("span.reaction-count", {}, String(one.users.length)));
  }), addReaction(message, "reaction"));
}

function toggleReaction(message, name) {
  const mine = message.reactions?.find((one) => one.name === name)?.users.includes(store.me);
  return orToast(act(mine ? "unreact" : "react", { channel: store.channel, ts: message.ts, name }));
}

function addReaction(message, kind) {
  const node = h(`button.${kind}`, {
    type: "button", "aria-label": "Add reaction", title: "Add reaction", "aria-haspopup": "true", class: kind === "reaction" ? "add" : undefined,
    on: { click: () => pickEmoji(node, (name) => toggleReaction(message, name)) },
  }, icon("smile", 16));
  return node;
}

// --- Threads and the toolbar -------------------------------------------------------------------------

function threadBar(message) {
  if (!message.reply_count) return null;
  const words = message.reply_count === 1 ? "1 reply" : `${message.reply_count} replies`;
  const at = seconds(message.latest_reply);
  const day = dayLabel(at, world.now(), world.me());
  const last = message.latest_reply ? `Last reply ${day === "Today" || day === "Yesterday" ? day.toLowerCase() : day} at ${clockTime(at, { ...world.me(), locale: "en-US" })}` : "";
  const faces = (message.reply_users ?? []).slice(0, 5).map((id) => avatar(world.person(id), 24));
  return h("button.thread-bar", { type: "button", "data-thread": message.ts, on: { click: () => world.go({ thread: message.ts }) } },
    faces, h("span.thread-bar-count", {}, words), h("span.thread-bar-last", {}, last));
}

function toolbar(message, kind) {
  const own = message.user === store.me && !message.ephemeral && !message.subtype;
  const tool = (label, content, run, more) => h("button.tool", { type: "button", "aria-label": label, title: label, on: { click: run }, ...more }, content);
  // Slack knows no reactions or threads on what only one person sees; they can be put away instead.
  if (message.ephemeral) {
    return h("div.toolbar", { role: "toolbar", "aria-label": "Message actions" }, tool("Dismiss message", icon("close", 16), () => orToast(act("delete", { channel: store.channel, ts: message.ts }))));
  }
  return h("div.toolbar", { role: "toolbar", "aria-label": "Message actions" },
    ["eyes", "white_check_mark"].map((name) => tool(`React with :${name}:`, emojiNode(name), () => toggleReaction(message, name))),
    addReaction(message, "tool"),
    kind === "channel" ? tool("Reply in thread", icon("reply", 16), () => world.go({ thread: message.thread_ts ?? message.ts })) : null,
    own ? tool("Edit message", icon("pencil", 16), () => startEdit(message)) : null,
    own ? tool("Delete message", icon("trash", 16), () => remove(message), { class: "danger" }) : null);
}

async function remove(message) {
  const quoted = h("blockquote.quote", {}, flat(message.text).slice(0, 200));
  const sure = await confirm({ title: "Delete message", text: ["Are you sure you want to delete this message? This cannot be undone.", quoted], yes: "Delete", no: "Cancel", danger: true });
  if (!sure) return;
  forgetEdit(message);
  await orToast(act("delete", { channel: store.channel, ts: message.ts }));
}
