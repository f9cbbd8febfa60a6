// Dates as Slack prints them. Nothing here asks what time it is: `now` is the world's clock, which the
// person at the page moves, and the time zone and locale are those of the person they are playing.

const formatters = new Map();

function format(seconds, who, options) {
  const key = `${who.locale}|${who.tz}|${JSON.stringify(options)}`;
  let formatter = formatters.get(key);
  if (!formatter) {
    formatter = safeFormatter(who, options);
    formatters.set(key, formatter);
  }
  return formatter.format(new Date(seconds * 1000)).replace(/[\u202f\u00a0]/g, " ");
}

// A person's profile is data: a zone or a locale that this browser does not know must not blank the page.
function safeFormatter(who, options) {
  const [locale, timeZone] = [who.locale || "en-US", who.tz || "UTC"];
  for (const [one, zone] of [[locale, timeZone], [locale, "UTC"], ["en-US", timeZone]]) {
    try {
      return new Intl.DateTimeFormat(one, { ...options, timeZone: zone });
    } catch {
      // The next one is plainer.
    }
  }
  return new Intl.DateTimeFormat("en-US", { ...options, timeZone: "UTC" });
}

function calendar(seconds, tz) {
  return format(seconds, { locale: "en-CA", tz }, { year: "numeric", month: "2-digit", day: "2-digit" });
}

/** Whole days from `now` to `seconds` on the person's calendar: -1 is yesterday. */
export function daysApart(seconds, now, tz) {
  const day = (at) => Date.parse(`${calendar(at, tz)}T00:00:00Z`) / 86_400_000;
  return Math.round(day(seconds) - day(now));
}

const NEAR = {
  en: { "-1": "yesterday", 0: "today", 1: "tomorrow" },
  zh: { "-1": "昨天", 0: "今天", 1: "明天" },
};

function near(seconds, now, who) {
  const words = NEAR[(who.locale || "en").slice(0, 2)] ?? NEAR.en;
  return words[daysApart(seconds, now, who.tz)];
}

const isEnglish = (who) => (who.locale || "en").startsWith("en");

function ordinal(day) {
  const teen = day % 100 >= 11 && day % 100 <= 13;
  return day + (teen ? "th" : (["th", "st", "nd", "rd"][day % 10] ?? "th"));
}

function inWords(seconds, now, who, { month, weekday }) {
  const options = { year: "numeric", month, day: "numeric", ...(weekday ? { weekday } : {}) };
  if (!isEnglish(who)) return format(seconds, who, options);
  // Slack's English has the ordinal ("February 18th, 2014") that Intl cannot write.
  const part = (one) => format(seconds, { locale: "en-US", tz: who.tz }, one);
  const day = Number(part({ day: "numeric" }));
  const date = `${part({ month })} ${month === "long" ? ordinal(day) : day}, ${part({ year: "numeric" })}`;
  return weekday ? `${part({ weekday })}, ${date}` : date;
}

/** `10:32 AM`, or as the person's locale has it. */
export function clockTime(seconds, who, withSeconds = false) {
  const options = { hour: "numeric", minute: "2-digit", ...(withSeconds ? { second: "2-digit" } : {}) };
  return format(seconds, who, options);
}

/** The text of a day divider above a message. */
export function dayLabel(seconds, now, who) {
  const words = near(seconds, now, { ...who, locale: "en" });
  if (words && words !== "tomorrow") return words[0].toUpperCase() + words.slice(1);
  const part = (one) => format(seconds, { locale: "en-US", tz: who.tz }, one);
  const year = part({ year: "numeric" });
  const date = `${part({ weekday: "long" })}, ${part({ month: "long" })} ${ordinal(Number(part({ day: "numeric" })))}`;
  return year === format(now, { locale: "en-US", tz: who.tz }, { year: "numeric" }) ? date : `${date}, ${year}`;
}

/** The tooltip on a message's time. */
export function fullDate(seconds, now, who) {
  return `${dayLabel(seconds, now, who)} at ${clockTime(seconds, { ...who, locale: "en-US" }, true)}`;
}

/** `3 minutes ago`, `in 2 hours`, in the person's language. */
export function ago(seconds, now, who) {
  const away = seconds - now;
  const units = [["day", 86_400], ["hour", 3600], ["minute", 60], ["second", 1]];
  const [unit, size] = units.find(([, size]) => Math.abs(away) >= size) ?? units[3];
  const words = new Intl.RelativeTimeFormat(isEnglish(who) ? "en" : who.locale, { numeric: "always" });
  return words.format(Math.trunc(away / size), unit);
}

const TOKENS = {
  date_num: (at, now, who) => calendar(at, who.tz),
  date_slash: (at, now, who) => format(at, { ...who, locale: "en-US" }, { year: "numeric", month: "2-digit", day: "2-digit" }),
  date: (at, now, who) => inWords(at, now, who, { month: "long" }),
  date_short: (at, now, who) => inWords(at, now, who, { month: "short" }),
  date_long: (at, now, who) => inWords(at, now, who, { month: "long", weekday: "long" }),
  date_pretty: (at, now, who) => near(at, now, who) ?? TOKENS.date(at, now, who),
  date_short_pretty: (at, now, who) => near(at, now, who) ?? TOKENS.date_short(at, now, who),
  date_long_pretty: (at, now, who) => near(at, now, who) ?? TOKENS.date_long(at, now, who),
  time: (at, now, who) => clockTime(at, who),
  time_secs: (at, now, who) => clockTime(at, who, true),
  ago: (at, now, who) => ago(at, now, who),
};

/**
 * Fills a `<!date^…>` format. An unknown token or a timestamp that is no number gives undefined, and the
 * caller shows the fallback: that is what Slack does with them.
 */
export function fillDate(seconds, template, now, who) {
  if (!Number.isFinite(seconds)) return undefined;
  let known = true;
  const text = template.replace(/\{(\w+)\}/g, (whole, token) => {
    if (!Object.hasOwn(TOKENS, token)) {
      known = false;
      return whole;
    }
    return TOKENS[token](seconds, now, who);
  });
  return known ? text : undefined;
}
