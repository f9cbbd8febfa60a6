// An app's Home tab: what the bot published for me, beside our direct messages.

import { h, replace } from "./dom.js";
import { drawBlocks } from "./blocks.js";
import { orToast } from "./overlays.js";
import * as world from "./store.js";

const { store, act } = world;
let isOpen = false;
let drawn;

/** Whether the Home tab is what the channel shows: only direct messages with an app have one. */
export const homeIsOpen = () => isOpen && hasHome(world.channelOf(store.channel));

const hasHome = (channel) => Boolean(channel?.is_im && world.person(channel.with)?.is_bot && channel.with !== "USLACKBOT");

/** “Home” and “Messages”, or nothing where there is no Home. */
export function homeTabs(channel) {
  if (!hasHome(channel)) return null;
  const tab = (label, open) => h("button.tab", {
    type: "button", role: "tab", "data-key": `tab-${label}`, "aria-selected": String(open === homeIsOpen()), on: { click: () => show(open) },
  }, label);
  return h("div.tabs", { role: "tablist", "aria-label": "App" }, tab("Home", true), tab("Messages", false));
}

function show(open) {
  isOpen = open;
  world.tell("home");
  // Slack tells the app each time somebody looks, and the app publishes what it wants them to see.
  if (open) orToast(act("open_home", {}));
}

/** Draws the published view into `box`, unless it is there already. */
export function drawHome(box) {
  box.hidden = !homeIsOpen();
  if (box.hidden) return;
  const view = store.state.home;
  const signature = `${store.me}|${view?.hash}|${JSON.stringify(view?.blocks)}|${Math.floor(world.now() / 60)}`;
  if (drawn === signature && box.firstChild) return;
  drawn = signature;
  const send = (block, element, fields) => orToast(act("view_click", { view_id: view.id, block_id: block.block_id, action_id: element.action_id, ...fields }));
  const blocks = view?.blocks?.length ? drawBlocks(view.blocks, { send }) : h("p.home-empty", {}, "Nothing is here yet.");
  replace(box, h("div.home-page", { "data-view-id": view?.id }, blocks));
}
