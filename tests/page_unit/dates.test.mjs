// Slack's date tokens, on the world's clock and in the reader's zone and language.

import assert from "node:assert/strict";
import { test } from "node:test";
import { ago, dayLabel, daysApart, fillDate, fullDate } from "../../src/standin/page/dates.js";

const LONDON = { locale: "en-US", tz: "Europe/London" };
const SHANGHAI = { locale: "zh-CN", tz: "Asia/Shanghai" };
const at = (text) => Date.parse(text) / 1000;
const NOW = at("2026-02-18T14:39:42Z");

const TOKENS = [
  ["{date_num}", "2026-02-18"],
  ["{date_slash}", "02/18/2026"],
  ["{date}", "February 18th, 2026"],
  ["{date_short}", "Feb 18, 2026"],
  ["{date_long}", "Wednesday, February 18th, 2026"],
  ["{date_pretty}", "today"],
  ["{date_short_pretty}", "today"],
  ["{date_long_pretty}", "today"],
  ["{time}", "2:39 PM"],
  ["{time_secs}", "2:39:42 PM"],
  ["Posted {date_pretty} at {time}", "Posted today at 2:39 PM"],
];

for (const [template, expected] of TOKENS) {
  test(`token ${template}`, () => assert.equal(fillDate(NOW, template, NOW, LONDON), expected));
}

test("pretty dates are those of the reader's calendar", () => {
  const late = at("2026-02-18T16:30:00Z");
  assert.equal(fillDate(late, "{date_pretty}", late + 3600, LONDON), "today");
  // Half past midnight of the 19th in Shanghai; an hour before, it was yesterday there.
  assert.equal(fillDate(late - 3600, "{date_pretty}", late, SHANGHAI), "昨天");
  assert.equal(fillDate(NOW + 86_400, "{date_short_pretty}", NOW, LONDON), "tomorrow");
  assert.equal(fillDate(NOW - 3 * 86_400, "{date_short_pretty}", NOW, LONDON), "Feb 15, 2026");
  assert.equal(fillDate(NOW, "{date}", NOW, SHANGHAI), "2026年2月18日");
});

test("an unknown token or a date that is none leaves the fallback", () => {
  assert.equal(fillDate(NOW, "{dat}", NOW, LONDON), undefined);
  assert.equal(fillDate(NOW, "{constructor}", NOW, LONDON), undefined);
  assert.equal(fillDate(NaN, "{date}", NOW, LONDON), undefined);
});

test("ago", () => {
  assert.equal(ago(NOW - 185, NOW, LONDON), "3 minutes ago");
  assert.equal(ago(NOW - 7300, NOW, LONDON), "2 hours ago");
  assert.equal(ago(NOW + 600, NOW, LONDON), "in 10 minutes");
  assert.equal(ago(NOW - 185, NOW, SHANGHAI), "3分钟前");
});

test("day dividers and tooltips", () => {
  assert.equal(dayLabel(NOW, NOW, LONDON), "Today");
  assert.equal(dayLabel(NOW - 86_400, NOW, LONDON), "Yesterday");
  assert.equal(dayLabel(NOW - 5 * 86_400, NOW, LONDON), "Friday, February 13th");
  assert.equal(dayLabel(NOW - 300 * 86_400, NOW, LONDON), "Thursday, April 24th, 2025");
  assert.equal(fullDate(NOW, NOW, LONDON), "Today at 2:39:42 PM");
  assert.equal(daysApart(NOW - 86_400, NOW, LONDON.tz), -1);
});

test("a profile with nonsense in it still gets a date", () => {
  assert.equal(fillDate(NOW, "{date_num}", NOW, { locale: "xx_YY_zz", tz: "Mars/Olympus" }), "2026-02-18");
});
