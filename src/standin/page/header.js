// The line above a channel's messages: its name, its topic, its pins, and what one can do with it.

import { h, icon, link, replace } from "./dom.js";
import { avatar } from "./avatar.js";
import { confirm, menu, orToast, popover } from "./overlays.js";
import { clockTime, dayLabel } from "./dates.js";
import { homeTabs } from "./home.js";
import { mrkdwn, oneLine, plain } from "./text.js";
import * as world from "./store.js";

const { store, act } = world;

export function drawHeader(box) {
  const channel = world.channelOf(store.channel);
  if (!channel) return replace(box);
  const name = channel.is_im
    ? h("h1.channel-name", {}, avatar(world.person(channel.with), 24), world.channelName(channel))
    : h("h1.channel-name", {}, icon(channel.is_private ? "lock" : "hash", 18), h("span.channel-name-text", { title: channel.name }, channel.name));
  const bookmarks = channel.bookmarks?.length ? h("div.bookmarks", { role: "navigation", "aria-label": "Bookmarks" }, channel.bookmarks.map(bookmark)) : null;
  return replace(box, h("div.header-line", {}, name, homeTabs(channel),
    channel.topic ? h("div.topic", { title: channel.topic }, oneLine(channel.topic)) : h("div.topic"),
    channel.pins?.length ? pinsButton(channel) : null,
    channel.members && !channel.is_im ? membersButton(channel) : null,
    channel.is_im ? null : actionsButton(channel)), bookmarks);
}

function bookmark(one) {
  return link(one.link ?? "", { class: "bookmark" }, plain(one.emoji || ":link:"), h("span", {}, one.title));
}

function membersButton(channel) {
  const node = h("button.header-button", {
    type: "button", "data-key": "members", "aria-label": `Members: ${channel.members.length}`, title: "Members", "aria-haspopup": "dialog",
    on: {
      click: () => popover(node, h("div.pins.members", { role: "dialog", "aria-label": "Members", tabindex: "-1" }, h("h2.pins-title", {}, "Members"),
        channel.members.map((id) => h("div.member", {}, avatar(world.person(id), 24), h("span", {}, world.displayName(world.person(id)))))), { align: "end" }),
    },
  }, icon("people", 16), String(channel.members.length));
  return node;
}

function pinsButton(channel) {
  const node = h("button.header-button", {
    type: "button", "data-key": "pins", "aria-label": `Pinned messages: ${channel.pins.length}`, title: "Pinned messages", "aria-haspopup": "dialog",
    on: {
      click: () => {
        const close = popover(node, h("div.pins", { role: "dialog", "aria-label": "Pinned messages", tabindex: "-1" },
          h("h2.pins-title", {}, "Pinned"), channel.pins.map((ts) => pin(ts, () => close(false)))), { align: "end" });
      },
    },
  }, icon("pin", 16), String(channel.pins.length));
  return node;
}

function pin(ts, close) {
  const message = world.messageAt(ts);
  const person = world.person(message?.user);
  const at = Number(ts);
  const when = `${dayLabel(at, world.now(), world.me())}, ${clockTime(at, { ...world.me(), locale: "en-US" })}`;
  const run = () => {
    close();
    const node = document.querySelector(`article[data-ts="${CSS.escape(ts)}"]`);
    node?.scrollIntoView({ block: "center" });
    node?.classList.add("found");
    setTimeout(() => node?.classList.remove("found"), 2000);
  };
  return h("button.pin-row", { type: "button", on: { click: run } },
    avatar(person, 24), h("span.pin-body", {}, h("span.pin-by", {}, h("b", {}, world.displayName(person)), ` ${when}`),
      h("span.pin-text", {}, message ? mrkdwn(message.text || headline(message)) : "A message that is not on the screen")));
}

const headline = (message) => (message.blocks ?? []).map((block) => block.text?.text).find(Boolean) ?? "";

function actionsButton(channel) {
  const done = (promise) => orToast(promise);
  const sure = (title, text, yes) => confirm({ title, text, yes, no: "Cancel", danger: true });
  const node = h("button.header-button", {
    type: "button", "data-key": "channel-actions", "aria-label": "Channel actions", title: "Channel actions", "aria-haspopup": "menu",
    on: {
      click: () => menu(node, [
        channel.is_member ? { label: "Leave channel", run: () => done(act("leave", { channel: channel.id })) } : { label: "Join channel", run: () => done(act("join", { channel: channel.id })) },
        null,
        { label: "Archive channel", danger: true, run: async () => (await sure("Archive this channel?", "What happens to a bot whose channel is gone? This is how to find out.", "Archive")) && done(act("archive", { channel: channel.id })) },
        { label: "Delete channel", danger: true, run: async () => (await sure("Delete this channel?", "Its messages go with it.", "Delete")) && done(act("delete_channel", { channel: channel.id })) },
      ], { align: "end" }),
    },
  }, icon("more", 18));
  return node;
}
