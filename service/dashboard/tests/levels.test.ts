import { expect, test } from "vitest";
import { LEVELS, bandOf, levelOf, rankOf, worstOf, type Level } from "../src/levels";
import { words } from "../src/words";

const ALL = Object.keys(LEVELS) as Level[];
const THRESHOLDS = { notice: 2, caution: 3, alert: 4, critical: 5 };

test("each level has a shape and a word of its own, so that none needs its colour", () => {
  expect(new Set(ALL.map((level) => LEVELS[level].shape)).size).toBe(ALL.length);
  expect(new Set(ALL.map((level) => words.level(level))).size).toBe(ALL.length);
});

test("a level that this page does not know is unknown, never clear", () => {
  expect(levelOf("catastrophic")).toBe("unknown");
  expect(levelOf("toString")).toBe("unknown");
  expect(levelOf("clear")).toBe("clear");
});

test("what cannot be seen stands above caution and below alert", () => {
  expect(rankOf("unknown")).toBeGreaterThan(rankOf("caution"));
  expect(rankOf("unknown")).toBeLessThan(rankOf("alert"));
});

test("the worst of several is the highest rank; of none it is clear", () => {
  expect(worstOf(["clear", "alert", "notice"])).toBe("alert");
  expect(worstOf(["clear", "unknown"])).toBe("unknown");
  expect(worstOf([])).toBe("clear");
});

test("only alert and critical sound, and only critical insists", () => {
  expect(ALL.filter((level) => LEVELS[level].sounds)).toEqual(["alert", "critical"]);
  expect(ALL.filter((level) => LEVELS[level].insists)).toEqual(["critical"]);
});

test("a figure's band is the highest threshold that it has reached", () => {
  expect([1.9, 2, 4.99, 5].map((figure) => bandOf(figure, THRESHOLDS))).toEqual(["clear", "notice", "alert", "critical"]);
});
