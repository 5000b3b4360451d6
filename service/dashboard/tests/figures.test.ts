import { describe, expect, test } from "vitest";
import { bandText, countText, densityText, nextArrival, rateText, trendOf } from "../src/figures";
import type { Forecast } from "../src/messages";

const THRESHOLDS = { notice: 2, caution: 3, alert: 4, critical: 5 };

describe("a density", () => {
  test("has one decimal", () => {
    expect(densityText(5.2)).toBe("5.2");
    expect(densityText(0)).toBe("0.0");
    expect(densityText(11.04)).toBe("11.0");
  });

  test("is not rounded up to a threshold that it has not reached", () => {
    expect(densityText(4.96, THRESHOLDS)).toBe("4.9");
    expect(densityText(5.0, THRESHOLDS)).toBe("5.0");
    expect(densityText(4.46, THRESHOLDS)).toBe("4.5");
  });
});

test("people are whole, with thousands apart", () => {
  expect(countText(1203.6)).toBe("1,204");
  expect(countText(0.2)).toBe("0");
});

describe("a rate", () => {
  test("carries its sign, a true minus among them", () => {
    expect(rateText(0.42)).toBe("+0.4");
    expect(rateText(-0.31)).toBe("−0.3");
  });

  test("has no sign where it rounds to zero", () => {
    expect(rateText(-0.01)).toBe("0.0");
    expect(rateText(0.04)).toBe("0.0");
  });

  test("is steady while it is no more than noise", () => {
    expect([0.3, 0.01, -0.01, -0.3].map(trendOf)).toEqual(["rising", "steady", "steady", "falling"]);
  });
});

describe("the time to the next level", () => {
  const coming = (level: "caution" | "alert" | "critical", in_s: number) => ({ level, threshold_per_m2: 4, in_s, earliest_s: in_s / 2, latest_s: null });
  const forecast = (...levels: ReturnType<typeof coming>[]): Forecast => ({
    density_per_m2: 3.4,
    density_low_per_m2: 3.04,
    density_high_per_m2: 3.76,
    rate_per_m2_per_min: 0.2,
    rate_low_per_m2_per_min: 0.1,
    rate_high_per_m2_per_min: 0.3,
    levels,
  });

  test("is that of the first level above the one that stands", () => {
    expect(nextArrival(forecast(coming("critical", 480), coming("alert", 190)), "caution", 0)).toEqual({ level: "alert", inS: 190 });
    expect(nextArrival(forecast(coming("alert", 190), coming("critical", 280)), "alert", 0)).toEqual({ level: "critical", inS: 280 });
  });

  test("comes nearer while the figures grow old", () => {
    expect(nextArrival(forecast(coming("alert", 19)), "caution", 12)).toEqual({ level: "alert", inS: 7 });
    expect(nextArrival(forecast(coming("alert", 9)), "caution", 12)).toEqual({ level: "alert", inS: 0 });
  });

  test("is not told when none is foreseen above the level that stands", () => {
    expect(nextArrival(forecast(coming("caution", 30)), "critical", 0)).toBeNull();
    expect(nextArrival(forecast(), "clear", 0)).toBeNull();
    expect(nextArrival(null, "clear", 0)).toBeNull();
  });

  test("is not told farther ahead than five minutes", () => {
    expect(nextArrival(forecast(coming("alert", 300)), "caution", 0)).toEqual({ level: "alert", inS: 300 });
    expect(nextArrival(forecast(coming("alert", 480)), "caution", 0)).toBeNull();
  });

  test("is not told of a crowd below half of that level", () => {
    const from = (density_per_m2: number) => nextArrival({ ...forecast(coming("alert", 60)), density_per_m2 }, "caution", 0);
    expect(from(2)).toEqual({ level: "alert", inS: 60 });
    expect(from(1.9)).toBeNull();
  });

  test("is not told of a crowd that may well not grow", () => {
    expect(nextArrival({ ...forecast(coming("alert", 60)), rate_low_per_m2_per_min: -0.1 }, "caution", 0)).toBeNull();
  });
});

describe("a band", () => {
  test("says between which figures the true one lies nine times in ten", () => {
    expect(bandText(4.56, 5.9)).toBe("4.6–5.9");
    expect(bandText(1180.4, 1412.6, countText)).toBe("1,180–1,413");
  });

  test("is not made up where it is not known", () => {
    expect(bandText(null, null)).toBeNull();
    expect(bandText(undefined, undefined)).toBeNull();
  });
});
