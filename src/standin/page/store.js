// What this page knows, how it asks for it, and whom it tells. The server's answers are the truth: after
// every act the page waits for the live feed to say what changed and fetches that again.

export const store = {
  me: undefined,
  /** The last `/standin/state`. */
  state: undefined,
  channel: undefined,
  messages: [],
  /** `ts` of the thread on the right, if one is open. */
  thread: undefined,
  replies: [],
  connected: true,
  /** `ts` after which everything was unread when the channel was opened: where the “New” line goes. */
  newAfter: undefined,
};

const listeners = new Set();

/** Calls `listener(what)` whenever `what` ("state", "messages", "replies", "place", "connection") changed. */
export function listen(listener) {
  listeners.add(listener);
}

export function tell(what) {
  for (const listener of listeners) listener(what);
}

// --- The world's clock -------------------------------------------------------------------------------

let clockBase = { now: Date.now() / 1000, at: performance.now() };

function setClock(now) {
  if (Number.isFinite(now)) clockBase = { now, at: performance.now() };
}

/** The world's time, unix seconds. Only its pace comes from the browser. */
export function now() {
  return clockBase.now + (performance.now() - clockBase.at) / 1000;
}

// --- Looking things up -------------------------------------------------------------------------------

const NOBODY = { id: "", name: "unknown", real_name: "Unknown", locale: "en-US", tz: "UTC", color: "#868686" };

export const person = (id) => store.state?.people.find((one) => one.id === id);
export const me = () => person(store.me) ?? NOBODY;
export const channelOf = (id) => store.state?.channels.find((one) => one.id === id);
export const usergroup = (id) => store.state?.usergroups?.find((one) => one.id === id);

/** The name people read: `incidents`, or the partner's name for a direct message. */
export function channelName(channel) {
  if (!channel) return "";
  return channel.is_im ? displayName(person(channel.with)) : channel.name;
}

export const displayName = (one) => one?.real_name || one?.name || "Unknown";

// --- Asking ------------------------------------------------------------------------------------------

async function get(path, parameters) {
  const answer = await fetch(`/standin/${path}?${new URLSearchParams(parameters)}`);
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
  return answer.json();
}

// One question of each kind at a time: changes that come while one is under way make it ask once more
// afterwards, so a burst of events costs two requests, and an old answer never overwrites a newer one.
function single(ask) {
  let running;
  let again = false;
  return function run() {
    if (running) {
      again = true;
      return running;
    }
    running = (async () => {
      do {
        again = false;
        await ask();
      } while (again);
    })().finally(() => (running = undefined));
    return running;
  };
}

export const refreshState = single(async () => {
  const as = store.me;
  const state = await get("state", as ? { as } : {});
  // The person may have been switched while the answer was on its way.
  if (as !== store.me) return;
  setClock(state.now);
  store.state = state;
  // Somebody who is not in this workspace becomes somebody who is.
  store.me = state.me;
  tell("state");
});

export const refreshMessages = single(async () => {
  const { me: as, channel } = store;
  if (!channel) return;
  const { messages } = await get("messages", { as, channel });
  if (as !== store.me || channel !== store.channel) return;
  store.messages = messages;
  tell("messages");
});

export const refreshReplies = single(async () => {
  const { me: as, channel, thread } = store;
  if (!thread) return;
  const { messages } = await get("messages", { as, channel, thread });
  if (as !== store.me || thread !== store.thread) return;
  store.replies = messages;
  tell("replies");
});

/** What one message says, for the list of pins: the message may be older than what is on the screen. */
export const messageAt = (ts) => store.messages.find((one) => one.ts === ts) ?? store.replies.find((one) => one.ts === ts);

/** Does one thing as the current person. Always answers an object with `ok`, and `words` when it failed. */
export async function act(what, fields) {
  try {
    const answer = await fetch("/standin/act", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ as: store.me, do: what, ...fields }),
    });
    const body = await answer.json();
    if (!body.ok && !body.words && !body.errors) body.words = `That did not work (${body.error ?? answer.status}).`;
    return body;
  } catch {
    return { ok: false, error: "unreachable", words: "The stand-in cannot be reached. Is it still running?" };
  }
}

// --- Living ------------------------------------------------------------------------------------------

let feed;

/** Opens the live feed for the current person. EventSource reconnects by itself; we only say so. */
export function connect() {
  feed?.close();
  feed = new EventSource(`/standin/live?${new URLSearchParams({ as: store.me })}`);
  const mine = feed;
  feed.onmessage = (message) => mine === feed && heard(JSON.parse(message.data));
  feed.onerror = () => {
    if (mine !== feed) return;
    setConnected(false);
    // A refused connection ends an EventSource for good; a server being restarted refuses for a moment.
    if (feed.readyState === EventSource.CLOSED) setTimeout(() => mine === feed && connect(), 1000);
  };
}

function setConnected(connected) {
  if (store.connected === connected) return;
  store.connected = connected;
  tell("connection");
}

function heard(event) {
  if (event.type === "hello") {
    setConnected(true);
    setClock(event.now);
    // Whatever happened while nobody listened is found by asking for everything.
    return refreshAll();
  }
  if (event.clock !== undefined) {
    const before = now();
    setClock(event.clock);
    // Every event brings the time; only a jump changes what is on the screen.
    if (Math.abs(now() - before) > 5) tell("clock");
  }
  if (event.channel && event.channel === store.channel) {
    quietly(refreshMessages());
    quietly(refreshReplies());
  }
  // Unread counts, open forms and channel lists are all in the state.
  return quietly(refreshState());
}

export function refreshAll() {
  return quietly(Promise.all([refreshState(), refreshMessages(), refreshReplies()]));
}

// A failed refetch is not a person's problem: the feed drops too, and says so in the banner.
function quietly(promise) {
  return promise.catch(() => setConnected(false));
}

// --- Where we are ------------------------------------------------------------------------------------

/** Goes to a channel (and a thread in it), as a person. What is left out stays as it is. */
export async function go({ as = store.me, channel = store.channel, thread }) {
  const before = { me: store.me, channel: store.channel };
  Object.assign(store, { me: as, channel, thread });
  if (as !== before.me) {
    connect();
    await quietly(refreshState());
  }
  const found = channelOf(store.channel);
  if (!found || found.is_archived) store.channel = homeChannel();
  const elsewhere = store.me !== before.me || store.channel !== before.channel;
  if (elsewhere) {
    store.messages = [];
    store.newAfter = undefined;
  }
  store.replies = [];
  history.replaceState(null, "", `#${new URLSearchParams({ as: store.me, channel: store.channel ?? "" })}`);
  tell("place");
  await quietly(Promise.all([elsewhere && refreshMessages(), refreshReplies()]));
}

function homeChannel() {
  const open = (store.state?.channels ?? []).filter((one) => !one.is_archived && !one.is_im && one.is_member);
  return (open.find((one) => one.name === "incidents") ?? open[0])?.id;
}

export function placeFromHash() {
  const hash = new URLSearchParams(location.hash.slice(1));
  return { as: hash.get("as") ?? undefined, channel: hash.get("channel") ?? undefined };
}
