import { describe, expect, test } from "vitest";
import { aheadText, clockText, countdownText, dayText, durationText, epochS, momentText, offsetText } from "../src/times";

const AT_S = epochS("2026-05-01T13:15:08Z");

test("a moment is told in the zone of the site", () => {
  expect(clockText(AT_S, "Asia/Seoul")).toBe("22:15:08");
  expect(clockText(AT_S, "UTC")).toBe("13:15:08");
});

test("midnight is 00, not 24", () => {
  expect(clockText(epochS("2026-05-01T00:00:01Z"), "UTC")).toBe("00:00:01");
});

test("a moment that is none shows as none", () => {
  expect(clockText(epochS("soon"), "UTC")).toBe("--:--:--");
});

test("a moment of another day is told with its day, by the calendar of the site", () => {
  const today = dayText(AT_S, "Asia/Seoul");
  expect(momentText(AT_S - 3600, today, "Asia/Seoul")).toBe("21:15:08");
  expect(momentText(AT_S - 86400, today, "Asia/Seoul")).toBe("30 Apr 22:15:08");
  expect(momentText(epochS("2026-04-30T16:00:00Z"), today, "Asia/Seoul")).toBe("01:00:00");
  expect(momentText(NaN, today, "Asia/Seoul")).toBe("--:--:--");
});

test("the zone says how far it is from UTC", () => {
  expect(offsetText(AT_S, "Asia/Seoul")).toBe("UTC+9");
  expect(offsetText(AT_S, "America/St_Johns")).toBe("UTC-2:30");
  expect(offsetText(AT_S, "UTC")).toBe("UTC");
});

describe("a duration", () => {
  test.each([
    [0, "0 s"],
    [41.9, "41 s"],
    [60, "1 min"],
    [200, "3 min 20 s"],
    [1500, "25 min"],
    [7500, "2 h 5 min"],
    [7200, "2 h"],
    [300_000, "3 days"],
    [-3, "0 s"],
  ])("of %d seconds reads %s", (seconds, text) => expect(durationText(seconds)).toBe(text));
});

describe("what is foreseen", () => {
  test.each([
    [0.2, "1 s"],
    [14, "14 s"],
    [59.4, "59 s"],
    [59.6, "1 min"],
    [190, "3 min"],
    [600, "10 min"],
  ])("in %d seconds is %s ahead", (seconds, text) => expect(aheadText(seconds)).toBe(text));
});

test("a countdown counts whole seconds down to zero", () => {
  expect([120, 111.2, 9.01, 0, -1].map(countdownText)).toEqual(["2:00", "1:52", "0:10", "0:00", "0:00"]);
});
