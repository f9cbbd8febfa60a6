// The top: the world's clock and its jumps, faults, and who I am.

import { h, icon, replace } from "./dom.js";
import { avatar } from "./avatar.js";
import { menu, orToast, toast } from "./overlays.js";
import * as world from "./store.js";

const { store, act } = world;

/** Draws the bar into `box`; `story` is `{isOpen(), toggle()}`. */
export function drawTopbar(box, story) {
  const jump = (seconds) => orToast(act("jump", { seconds }));
  const jumpButton = (label, name, seconds) => h("button.bar-button", { type: "button", "data-key": `jump-${seconds}`, "aria-label": name, title: name, on: { click: () => jump(seconds) } }, label);
  const further = h("button.bar-button.narrow", {
    type: "button", "data-key": "further", "aria-label": "Jump further", title: "Jump further", "aria-haspopup": "menu",
    on: { click: () => menu(further, [["+1 hour", 3600], ["+8 hours", 28_800], ["+1 day", 86_400]].map(([label, seconds]) => ({ label, run: () => jump(seconds) })), { align: "end" }) },
  }, icon("down", 16));
  replace(box,
    h("div.bar-brand", {}, h("span.bar-mark", { "aria-hidden": "true" }, "◆"), "Slack stand-in"),
    h("div.bar-clock", { role: "group", "aria-label": "Clock" }, icon("clock", 16), h("span.clock", { role: "timer", title: "The world's time. It runs on its own; the buttons jump ahead." }),
      store.state.can_jump === false ? null : [jumpButton("+1 min", "Jump ahead 1 minute", 60), jumpButton("+15 min", "Jump ahead 15 minutes", 900), further]),
    h("div.bar-end", {},
      store.state.faults ? faultsButton() : null,
      store.state.story?.length ? h("button.bar-button", { type: "button", "data-key": "story", "aria-pressed": String(story.isOpen()), on: { click: story.toggle } }, icon("book", 16), "Try this") : null,
      personButton()));
  drawClock(box);
}

/** Only the clock's words: called every second. */
export function drawClock(box) {
  const clock = box.querySelector(".clock");
  if (!clock || !store.state) return;
  // Written the long way, so that the words keep their width while the seconds run.
  const { tz } = world.me();
  const at = new Date(world.now() * 1000);
  const part = (options) => new Intl.DateTimeFormat("en-GB", { ...options, timeZone: tz || "UTC" }).format(at);
  const day = part({ weekday: "short", day: "numeric", month: "short" }).replace(",", "");
  const text = `${day} ${part({ hour: "2-digit", minute: "2-digit", second: "2-digit" })}`;
  if (clock.textContent !== text) clock.textContent = text;
}

function personButton() {
  const me = world.me();
  const node = h("button.bar-button.person", {
    type: "button", "data-key": "person", "data-person": me.id, "aria-haspopup": "menu", "aria-label": `You are ${world.displayName(me)}`,
    on: {
      click: () => menu(node, [{ title: "Be somebody else" }, ...store.state.people.filter((one) => !one.is_bot && !one.deleted).map((one) => ({
        label: [avatar(one, 24), h("span", {}, world.displayName(one))], hint: `${one.locale} · ${(one.tz ?? "").split("/").at(-1).replaceAll("_", " ")}`,
        checked: one.id === me.id, data: { "data-person": one.id }, run: () => world.go({ as: one.id }),
      }))], { align: "end" }),
    },
  }, avatar(me, 24), h("span.person-name", {}, `You are ${world.displayName(me)}`), icon("down", 16));
  return node;
}

// What the bot must survive. The server knows more kinds; these are the three that tell a story.
const FAULTS = [
  { label: "Slack: rate limit 30 s", hint: "the next call gets 429", fields: { kind: "rate_limited", after_s: 30, times: 1 } },
  { label: "Slack: 500 once", hint: "the next call fails", fields: { kind: "http_error", status: 500, times: 1 } },
  { label: "Slack: lose the next answer", hint: "done, but nobody hears of it", fields: { kind: "accept_then_drop", times: 1 } },
];

function faultsButton() {
  const count = store.state.faults.length;
  const fault = (one) => ({
    label: one.label, hint: one.hint,
    run: async () => {
      const answer = await orToast(act("fault", one.fields));
      if (answer.ok) toast(`${one.label}: it waits for the bot's next call.`, { kind: "done" });
    },
  });
  const node = h("button.bar-button", {
    type: "button", "data-key": "faults", "aria-haspopup": "menu", class: count ? "armed" : undefined,
    on: { click: () => menu(node, [{ title: "Make Slack misbehave" }, ...FAULTS.map(fault), null, { label: "Behave again", hint: count ? `${count} waiting` : "none waiting", run: () => orToast(act("clear_faults", {})) }], { align: "end" }) },
  }, icon("bolt", 16), count ? `Faults (${count})` : "Faults");
  return node;
}
