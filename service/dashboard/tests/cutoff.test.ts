import { describe, expect, test } from "vitest";
import { CUT_OFF_AFTER_S, isCutOff, retryDelayS, silenceS } from "../src/live/cutoff";
import { serverNowS, synchronised } from "../src/live/serverclock";

describe("the page is cut off", () => {
  test("three seconds after the last message, not before", () => {
    expect(CUT_OFF_AFTER_S).toBe(3);
    expect(isCutOff({ startedS: 0, heardS: 100 }, 102.9)).toBe(false);
    expect(isCutOff({ startedS: 0, heardS: 100 }, 103)).toBe(true);
  });

  test("three seconds after it was opened, when nobody ever answered", () => {
    expect(isCutOff({ startedS: 10, heardS: null }, 12)).toBe(false);
    expect(isCutOff({ startedS: 10, heardS: null }, 13)).toBe(true);
  });

  test("no more, as soon as a message comes", () => {
    expect(isCutOff({ startedS: 0, heardS: 200 }, 200.1)).toBe(false);
    expect(silenceS({ startedS: 0, heardS: 200 }, 200)).toBe(0);
  });
});

describe("attempts to come back", () => {
  test("wait longer each time, up to five seconds, and go on for ever", () => {
    const longest = [1, 2, 3, 4, 5, 50].map((attempt) => retryDelayS(attempt, 1));
    expect(longest).toEqual([1, 2, 4, 5, 5, 5]);
  });

  test("are spread by chance, so that a room of screens does not return as one", () => {
    expect(retryDelayS(3, 0)).toBe(2);
    expect(retryDelayS(3, 0.5)).toBe(3);
  });
});

describe("the service's clock", () => {
  test("goes on between ticks by the browser's monotonic clock", () => {
    const clock = synchronised(null, 1000, 5);
    expect(serverNowS(clock, 7.5)).toBe(1002.5);
  });

  test("is not set back by a message that was long on its way", () => {
    const clock = synchronised(null, 1000, 5);
    expect(serverNowS(synchronised(clock, 1000.2, 6), 6)).toBe(1001);
  });

  test("follows when the service's own clock is set, either way", () => {
    const clock = synchronised(null, 1000, 5);
    expect(serverNowS(synchronised(clock, 900, 6), 6)).toBe(900);
    expect(serverNowS(synchronised(clock, 1500, 6), 6)).toBe(1500);
  });

  test("does not follow a time that is none", () => {
    const clock = synchronised(null, 1000, 5);
    expect(synchronised(clock, NaN, 6)).toBe(clock);
  });
});
