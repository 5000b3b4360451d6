import { expect, test } from "vitest";
import { CHOSEN_FOR_S, NO_FOCUS, SEEN_AFTER_S, canHaveBeenSeen, chosenFocus, focusNow, readAlready, unchangedSince } from "../src/watch/focus";

test("the top alarm is in focus, and a newer one that comes above it takes its place", () => {
  const first = focusNow(NO_FOCUS, ["old"], 100);
  expect(first.alarm).toBe("old");
  expect(focusNow(first, ["new", "old"], 200).alarm).toBe("new");
});

test("a key pressed as a new alarm comes does not hit it", () => {
  const first = focusNow(NO_FOCUS, ["old"], 100);
  const taken = focusNow(first, ["new", "old"], 200);
  expect(canHaveBeenSeen(first, 100)).toBe(true);
  expect(canHaveBeenSeen(taken, 200 + SEEN_AFTER_S / 2)).toBe(false);
  expect(canHaveBeenSeen(taken, 200 + SEEN_AFTER_S)).toBe(true);
});

test("an alarm that a person moved to stays in focus for a while though others come", () => {
  const chosen = chosenFocus("old", 100);
  expect(focusNow(chosen, ["new", "old"], 100 + CHOSEN_FOR_S - 1)).toBe(chosen);
  expect(focusNow(chosen, ["new", "old"], 100 + CHOSEN_FOR_S).alarm).toBe("new");
});

test("what is acknowledged gives its place to the top one, which a key may hit at once", () => {
  const next = focusNow(chosenFocus("done", 100), ["top", "other"], 101);
  expect(next.alarm).toBe("top");
  expect(canHaveBeenSeen(next, 101)).toBe(true);
});

test("when nothing waits nothing is in focus", () => {
  expect(focusNow(chosenFocus("done", 100), [], 101).alarm).toBeNull();
});

test("what has come or risen within the last second nobody can have read", () => {
  const rose = new Map([["new", 200], ["older", 200 - SEEN_AFTER_S]]);
  expect(readAlready(["new"], rose, 200 + SEEN_AFTER_S / 5)).toEqual([]);
  expect(readAlready(["new", "older", "there from the start"], rose, 200)).toEqual(["older", "there from the start"]);
  expect(readAlready(["new"], rose, 200 + SEEN_AFTER_S)).toEqual(["new"]);
});

test("what came, or came higher, since a moment is not as it was then", () => {
  const rose = new Map([["higher", 201], ["before", 199]]);
  expect(unchangedSince(["higher", "before", "there from the start"], rose, 200)).toEqual(["before", "there from the start"]);
});
