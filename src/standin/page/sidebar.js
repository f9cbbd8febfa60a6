// The aubergine column: channels, direct messages, apps.

import { h, icon, replace } from "./dom.js";
import { avatar } from "./avatar.js";
import { menu, orToast } from "./overlays.js";
import * as world from "./store.js";

const { store } = world;

export function drawSidebar(box) {
  const { channels, people } = store.state;
  const open = channels.filter((one) => !one.is_archived);
  const joined = open.filter((one) => !one.is_im && (one.is_member || one.id === store.channel)).sort((a, b) => a.name.localeCompare(b.name));
  const others = people.filter((one) => one.id !== store.me && !one.deleted);
  const scrolled = box.querySelector(".sidebar-scroll")?.scrollTop ?? 0;
  replace(box,
    h("div.workspace", {}, h("span.workspace-name", {}, store.state.team?.name ?? "Stand-in"), h("span.workspace-note", {}, "a local Slack, only on this machine")),
    h("nav.sidebar-scroll", { "aria-label": "Channels and direct messages" },
      section("Channels", joined.map(channelRow), browseButton(open)),
      section("Direct messages", others.filter((one) => !one.is_bot).map(personRow)),
      section("Apps", others.filter((one) => one.is_bot && (one.id !== "USLACKBOT" || imWith(one))).map(personRow))));
  box.querySelector(".sidebar-scroll").scrollTop = scrolled;
}

function section(title, rows, extra) {
  return h("section.sidebar-section", { "aria-label": title }, h("div.sidebar-title", {}, h("h2", {}, title), extra), h("ul", {}, rows.map((row) => h("li", {}, row))));
}

const imWith = (person) => store.state.channels.find((one) => one.is_im && one.with === person.id);

function row({ channel, name, picture, run, data }) {
  const here = channel && channel.id === store.channel;
  const unread = channel?.unread > 0 && !here;
  const badge = unread && (channel.mentioned || channel.is_im) ? h("span.count", { "aria-label": `${channel.unread} unread` }, String(channel.unread)) : null;
  return h("button.row", {
    type: "button", "data-key": data.key, "aria-current": here ? "page" : undefined, title: name,
    class: [here ? "here" : "", unread ? "unread" : "", channel && !channel.is_im && !channel.is_member ? "guest" : ""].join(" "), ...data.hooks, on: { click: run },
  }, picture, h("span.row-name", {}, name), badge);
}

function channelRow(channel) {
  return row({
    channel, name: channel.name, picture: h("span.row-icon", {}, icon(channel.is_private ? "lock" : "hash", 16)), run: () => world.go({ channel: channel.id }),
    data: { key: channel.id, hooks: { "data-channel-name": channel.name, "data-channel": channel.id } },
  });
}

function personRow(person) {
  const channel = imWith(person);
  const run = async () => {
    if (channel) return world.go({ channel: channel.id });
    const answer = await orToast(world.act("open_dm", { with: person.id }));
    if (!answer.ok) return undefined;
    await world.refreshState().catch(() => {});
    const opened = answer.channel?.id ?? answer.channel ?? imWith(person)?.id;
    return opened && world.go({ channel: opened });
  };
  const name = world.displayName(person);
  return row({ channel, name, picture: avatar(person, 20), run, data: { key: person.id, hooks: { "data-channel-name": person.name, "data-channel": channel?.id, "data-person": person.id } } });
}

function browseButton(open) {
  const more = open.filter((one) => !one.is_im && !one.is_member);
  if (more.length === 0) return null;
  const node = h("button.icon-button.on-dark", {
    type: "button", "data-key": "browse", "aria-label": "Browse channels", title: "Channels you are not in", "aria-haspopup": "menu",
    on: { click: () => menu(node, [{ title: "Channels you are not in" }, ...more.map((one) => ({ label: `# ${one.name}`, run: () => world.go({ channel: one.id }) }))]) },
  }, icon("plus", 16));
  return node;
}
