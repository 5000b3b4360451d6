import { describe, expect, test } from "vitest";
import { countText, densityText, forecast, rateText, trendOf } from "../src/figures";

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
  test("goes on as in the last minute", () => {
    expect(forecast(3.4, 0.2, "caution", THRESHOLDS)).toEqual({ level: "alert", minutes: 3 });
  });

  test("is never less than a minute: the figure is not that good", () => {
    expect(forecast(3.99, 0.5, "caution", THRESHOLDS)).toEqual({ level: "alert", minutes: 1 });
  });

  test("names a level above the one that stands, not one that has been passed", () => {
    expect(forecast(2.4, 0.4, "critical", THRESHOLDS)).toBeNull();
  });

  test("is not told when nothing rises, when the rate is not known, or when it is far off", () => {
    expect(forecast(3.4, -0.2, "caution", THRESHOLDS)).toBeNull();
    expect(forecast(3.4, null, "caution", THRESHOLDS)).toBeNull();
    expect(forecast(2.1, 0.051, "notice", THRESHOLDS)).toBeNull();
  });
});
