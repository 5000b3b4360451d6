import { describe, expect, test } from "vitest";
import { NO_TREND, TREND_S, extended, trendPath } from "../src/watch/trend";

const NOW_S = 1_000_000;

describe("a trend", () => {
  test("stays bounded over a shift", () => {
    let trend = NO_TREND;
    for (let second = 0; second < 3 * TREND_S; second++) trend = extended(trend, NOW_S + second, 1);
    expect(trend.t).toHaveLength(TREND_S);
    expect(trend.value).toHaveLength(TREND_S);
  });

  test("ignores a point from the past and one without a time", () => {
    const trend = extended(NO_TREND, NOW_S, 1);
    expect(extended(trend, NOW_S, 2)).toBe(trend);
    expect(extended(trend, NOW_S - 5, 2)).toBe(trend);
    expect(extended(trend, NaN, 2)).toBe(trend);
  });
});

describe("its line", () => {
  const every5s = Array.from({ length: 120 }, (_, index) => NOW_S - 595 + 5 * index);

  test("ends on the right, with 0 at the foot and the full scale on top", () => {
    const rising = { t: every5s, value: every5s.map((_, index) => (8 * index) / 119) };
    const path = trendPath(rising, NOW_S, 8, 120, 40);
    expect(path).toMatch(/^M1 40\.0L/);
    expect(path).toMatch(/L120 0\.0$/);
  });

  test("keeps a peak of one second, however narrow the box", () => {
    const t = Array.from({ length: 600 }, (_, index) => NOW_S - 599 + index);
    const value = t.map((_, index) => (index === 301 ? 6 : 1));
    expect(trendPath({ t, value }, NOW_S, 8, 60, 40)).toContain(" 10.0L");
  });

  test("is broken where nothing was measured: nobody saw what it would cross", () => {
    const nulls = { t: every5s, value: every5s.map((_, index) => (index > 40 && index < 60 ? null : 1)) };
    expect(trendPath(nulls, NOW_S, 8, 120, 40).match(/M/g)).toHaveLength(2);
    const silent = { t: [NOW_S - 300, NOW_S - 295, NOW_S - 100, NOW_S - 95], value: [1, 1, 1, 1] };
    expect(trendPath(silent, NOW_S, 8, 120, 40).match(/M/g)).toHaveLength(2);
  });

  test("does not leave its box", () => {
    expect(trendPath({ t: [NOW_S - 5, NOW_S], value: [12, 12] }, NOW_S, 8, 120, 40)).toBe("M119 0.0L120 0.0");
  });

  test("moves left when nothing comes any more", () => {
    expect(trendPath({ t: [NOW_S - 305, NOW_S - 300], value: [1, 1] }, NOW_S, 8, 120, 40)).toBe("M59 35.0L60 35.0");
    expect(trendPath({ t: [NOW_S - 700], value: [1] }, NOW_S, 8, 120, 40)).toBe("");
  });
});
