// Puts the page together and keeps it up to date. Every part draws itself from the store; nobody but the
// server changes what is in there.

import { h, icon, replace } from "./dom.js";
import { drawHeader } from "./header.js";
import { drawHome, homeIsOpen } from "./home.js";
import { drawMessages } from "./messages.js";
import { drawModals } from "./modal.js";
import { drawSidebar } from "./sidebar.js";
import { drawStory, storyHeard } from "./story.js";
import { drawClock, drawTopbar } from "./topbar.js";
import { makeComposer } from "./composer.js";
import { orToast } from "./overlays.js";
import * as world from "./store.js";

const { store } = world;
const at = (id) => document.getElementById(id);
const parts = { topbar: at("topbar"), sidebar: at("sidebar"), header: at("header"), home: at("home"), holder: at("holder"), log: at("log"), list: at("list"), foot: at("foot"), thread: at("thread"), story: at("story"), banner: at("banner"), jump: at("jump") };

const STORY_CLOSED = "standin-story-closed";
const story = {
  closed: sessionStorage.getItem(STORY_CLOSED) === "yes",
  isOpen: () => !story.closed && Boolean(store.state?.story?.length) && !store.thread,
  // With a thread in its place the story is put away, and the button brings it back.
  toggle() {
    story.closed = story.isOpen();
    sessionStorage.setItem(STORY_CLOSED, story.closed ? "yes" : "no");
    if (store.thread) world.go({ thread: undefined });
    else draw("story");
  },
};

const composer = makeComposer("channel", { onSent: storyHeard });
const threadComposer = makeComposer("thread");

// --- Scrolling: at the bottom it stays at the bottom, elsewhere it stays where it is -------------------

function follower(log) {
  let pinned = true;
  const stick = () => pinned && (log.scrollTop = log.scrollHeight);
  log.addEventListener("scroll", () => {
    pinned = log.scrollHeight - log.scrollTop - log.clientHeight < 48;
    if (log === parts.log) parts.jump.hidden = pinned;
  });
  // Pictures load and text boxes grow after the messages were drawn.
  new ResizeObserver(stick).observe(log);
  new ResizeObserver(stick).observe(log.firstElementChild);
  return { stick, pin() { pinned = true; stick(); } };
}

const mainFollower = follower(parts.log);
parts.jump.addEventListener("click", () => mainFollower.pin());

// --- Drawing -----------------------------------------------------------------------------------------

// A click is a press and a release on one element: until it is let go, nothing is drawn afresh.
let pressed = false;
let missed = false;
function released() {
  pressed = false;
  // After the click, which comes next.
  setTimeout(() => missed && draw("released"));
}
document.addEventListener("pointerdown", ({ target }) => (pressed = Boolean(target.closest("a, button"))), true);
for (const end of ["pointerup", "pointercancel", "blur"]) window.addEventListener(end, released);

function draw(what) {
  if (!store.state) return;
  if (what === "connection") return drawBanner();
  missed = pressed;
  if (pressed) return;
  if (what === "clock") drawClock(parts.topbar);
  drawShell();
  drawChannel();
  drawThread();
  drawModals();
  read();
}

function drawShell() {
  drawTopbar(parts.topbar, story);
  drawSidebar(parts.sidebar);
  drawHeader(parts.header);
  const unread = store.state.channels.reduce((sum, one) => sum + (one.is_archived || one.id === store.channel ? 0 : one.unread), 0);
  const channel = world.channelOf(store.channel);
  document.title = `${unread ? `(${unread}) ` : ""}${channel?.is_im ? "" : "#"}${world.channelName(channel)} · Slack stand-in`;
  parts.story.hidden = !story.isOpen();
  if (story.isOpen()) drawStory(parts.story, { composer, close: story.toggle });
}

function drawChannel() {
  const channel = world.channelOf(store.channel);
  drawHome(parts.home);
  parts.holder.hidden = parts.foot.hidden = homeIsOpen();
  parts.log.setAttribute("aria-label", `Messages in ${world.channelName(channel)}`);
  parts.log.dataset.channel = store.channel ?? "";
  drawMessages(parts.list, store.messages, "channel");
  mainFollower.stick();
  const guest = channel && !channel.is_im && !channel.is_member;
  const wanted = guest ? `guest-${channel.id}` : "composer";
  if (parts.foot.dataset.holds !== wanted) replace(parts.foot, guest ? joinBar(channel) : composer.node);
  parts.foot.dataset.holds = wanted;
  composer.draw();
}

function joinBar(channel) {
  return h("div.join", {}, h("span", {}, "You are viewing ", h("b", {}, `#${channel.name}`)),
    h("button.button.primary", { type: "button", on: { click: () => orToast(world.act("join", { channel: channel.id })) } }, "Join channel"));
}

let threadFollower;

function drawThread() {
  parts.thread.hidden = !store.thread;
  if (!store.thread) {
    parts.thread.replaceChildren();
    delete parts.thread.dataset.thread;
    return;
  }
  if (parts.thread.dataset.thread !== store.thread) openThread();
  const list = parts.thread.querySelector(".thread-list");
  drawMessages(list, store.replies, "thread");
  threadFollower.stick();
  threadComposer.draw();
}

function openThread() {
  parts.thread.dataset.thread = store.thread;
  const channel = world.channelOf(store.channel);
  const close = () => world.go({ thread: undefined });
  const log = h("div.dock-body.thread-log", { role: "log", "aria-label": "Thread", tabindex: "0" }, h("div.thread-list"));
  replace(parts.thread,
    h("header.dock-header", {}, h("h2.dock-title", {}, "Thread", h("span.dock-subtitle", {}, `${channel?.is_im ? "" : "# "}${world.channelName(channel)}`)),
      h("button.icon-button", { type: "button", "aria-label": "Close thread", on: { click: close } }, icon("close"))),
    log, threadComposer.node);
  threadFollower = follower(log);
  threadComposer.draw();
  threadComposer.focus();
}

function drawBanner() {
  parts.banner.hidden = store.connected;
}

// --- Reading -----------------------------------------------------------------------------------------

// What I look at is read. The “New” line keeps its place until I come back to the channel.
function read() {
  const channel = world.channelOf(store.channel);
  if (!channel || !channel.unread || document.visibilityState !== "visible" || !document.hasFocus()) return;
  const unread = channel.unread;
  channel.unread = 0;
  channel.mentioned = false;
  world.act("read", { channel: channel.id, unread });
}

function markNew() {
  const count = world.channelOf(store.channel)?.unread ?? 0;
  const others = store.messages.filter((one) => one.user !== store.me && !one.ephemeral);
  const first = count > 0 ? others.at(-count) : undefined;
  const index = first ? store.messages.indexOf(first) : -1;
  store.newAfter = index < 0 ? undefined : Number(store.messages[index - 1]?.ts ?? 0);
}

let fresh = true;
world.listen((what) => {
  if (what === "place") {
    fresh = true;
    mainFollower.pin();
  }
  if (what === "messages" && fresh) {
    fresh = false;
    markNew();
    mainFollower.pin();
  }
  // The channel I am in may be archived or deleted under my feet.
  const channel = world.channelOf(store.channel);
  if (what === "state" && (!channel || channel.is_archived)) return void world.go({ channel: undefined });
  draw(what);
});

window.addEventListener("focus", () => draw("focus"));
document.addEventListener("visibilitychange", () => draw("focus"));
setInterval(() => drawClock(parts.topbar), 1000);
// “5 minutes ago” grows older by itself.
setInterval(() => draw("minute"), 30_000);

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && store.thread && !event.defaultPrevented) world.go({ thread: undefined });
});

// --- Starting ----------------------------------------------------------------------------------------

async function start() {
  const { as, channel } = world.placeFromHash();
  store.me = as;
  // A server that is not there yet is asked again below.
  await world.refreshState().catch(() => {});
  if (!store.state) {
    parts.banner.hidden = false;
    setTimeout(start, 1000);
    return;
  }
  parts.banner.hidden = true;
  await world.go({ channel });
  world.connect();
  composer.focus();
}

window.addEventListener("hashchange", () => {
  const place = world.placeFromHash();
  if (place.as !== store.me || place.channel !== store.channel) world.go(place);
});

start();
