// “Try this”: the demo's story, step by step. A step fills the composer or moves the clock; the person at the
// page presses Enter themselves, because that is the point of trying.

import { h, icon, replace } from "./dom.js";
import { avatar } from "./avatar.js";
import { orToast } from "./overlays.js";
import { plain } from "./text.js";
import * as world from "./store.js";

const { store } = world;
const DONE = "standin-story-done";
const done = new Set(JSON.parse(sessionStorage.getItem(DONE) ?? "[]"));
// The step whose words wait in the composer: it is done when they are sent.
let waiting;

function finish(index) {
  done.add(index);
  sessionStorage.setItem(DONE, JSON.stringify([...done]));
  world.tell("story");
}

/** Tells the story that something was said. */
export function storyHeard(text) {
  if (waiting === undefined || !text.startsWith(firstWords(waiting.words))) return;
  const { index } = waiting;
  waiting = undefined;
  finish(index);
}

// The person may change the words; the command and what it does stay.
const firstWords = (text) => text.split(/\s+/).slice(0, text.startsWith("/") ? 2 : 1).join(" ");

let shownNext;

/** Draws the panel; `composer` is where a step's words go, `close` puts the panel away. */
export function drawStory(box, { composer, close }) {
  const steps = store.state.story ?? [];
  const next = steps.findIndex((_, index) => !done.has(index));
  const scrolled = box.querySelector(".dock-body")?.scrollTop ?? 0;
  const restart = () => {
    done.clear();
    sessionStorage.removeItem(DONE);
    world.tell("story");
  };
  replace(box,
    h("header.dock-header", {}, h("h2.dock-title", {}, "Try this"), h("button.icon-button", { type: "button", "data-key": "story-close", "aria-label": "Close the story", on: { click: close } }, icon("close"))),
    h("div.dock-body", {},
      h("p.story-intro", {}, "One incident from the first message to the last. Each step says who does it; press its button, look, then press Enter."),
      h("ol.steps", {}, steps.map((step, index) => drawStep(step, index, index === next, composer))),
      next < 0 ? h("p.story-end", {}, "That is all of it. Now break something: the clock and the faults above are yours.") : null,
      done.size ? h("button.link-button", { type: "button", on: { click: restart } }, "Start over") : null));
  box.querySelector(".dock-body").scrollTop = scrolled;
  if (next !== shownNext) box.querySelector(".step.next, .story-end")?.scrollIntoView({ block: "nearest" });
  shownNext = next;
}

function drawStep(step, index, isNext, composer) {
  const person = world.person(step.as);
  const isDone = done.has(index);
  return h("li.step", { class: [isDone ? "done" : "", isNext ? "next" : ""].join(" "), "data-step": String(index) },
    h("span.step-tick", { "aria-hidden": "true" }, isDone ? "✓" : String(index + 1)),
    h("div.step-body", {},
      h("p.step-say", {}, plain(step.say)),
      step.try ? h("code.step-try", {}, step.try) : null,
      h("div.step-foot", {},
        h("button.button", { type: "button", class: isNext ? "primary" : "plain", "data-key": `step-${index}`, "aria-label": `${labelOf(step)}: ${step.say}`, on: { click: () => run(step, index, composer) } }, labelOf(step)),
        person ? h("span.step-who", {}, avatar(person, 20), world.displayName(person)) : null)));
}

function labelOf(step) {
  if (step.jump_s) return step.jump_s % 3600 === 0 ? `Jump ${step.jump_s / 3600} h` : `Jump ${Math.round(step.jump_s / 60)} min`;
  return step.try ? "Do it" : "Go there";
}

// A channel that the bot makes has no ID before; its name begins as the step says, and the newest is meant.
function placeOf(wanted) {
  const channels = store.state.channels.filter((one) => !one.is_archived);
  return (world.channelOf(wanted) ?? channels.findLast((one) => !one.is_im && one.name.startsWith(wanted)))?.id;
}

async function run(step, index, composer) {
  const channel = step.channel && placeOf(step.channel);
  if ((step.as && step.as !== store.me) || (channel && channel !== store.channel) || (step.try && store.thread)) {
    await world.go({ as: step.as ?? store.me, channel: channel ?? store.channel });
  }
  if (step.try) {
    waiting = { index, words: step.try };
    composer.fill(step.try);
    return;
  }
  if (step.jump_s) {
    const answer = await orToast(world.act("jump", { seconds: step.jump_s }));
    if (!answer.ok) return;
  }
  finish(index);
}
