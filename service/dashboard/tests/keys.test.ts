import { describe, expect, test } from "vitest";
import { actionOf, moved, type Pressed } from "../src/keys";

function key(name: string, changes: Partial<Pressed> = {}): Pressed {
  return { key: name, ctrlKey: false, metaKey: false, altKey: false, ...changes };
}

describe("a key", () => {
  test.each([
    ["a", { do: "acknowledge" }],
    ["A", { do: "acknowledge" }],
    ["m", { do: "silence" }],
    ["f", { do: "fullScreen" }],
    ["?", { do: "help" }],
    ["Enter", { do: "enlarge" }],
    ["Escape", { do: "back" }],
    ["ArrowUp", { do: "move", to: "up" }],
  ])("%s does one thing", (name, action) => expect(actionOf(key(name), null, 4, 0)).toEqual(action));

  test("with Ctrl, Alt or Meta is the browser's own", () => {
    expect(actionOf(key("a", { ctrlKey: true }), null, 4, 0)).toBeNull();
    expect(actionOf(key("f", { metaKey: true }), null, 4, 0)).toBeNull();
    expect(actionOf(key("1", { altKey: true }), null, 4, 0)).toBeNull();
  });

  test("without a meaning does nothing", () => {
    expect(actionOf(key("x"), null, 4, 0)).toBeNull();
    expect(actionOf(key("toString"), null, 4, 0)).toBeNull();
  });
});

describe("digits", () => {
  test("choose a camera that there is", () => {
    expect(actionOf(key("2"), null, 4, 0)).toEqual({ do: "choose", number: 2 });
    expect(actionOf(key("5"), null, 4, 0)).toBeNull();
    expect(actionOf(key("0"), null, 4, 0)).toBeNull();
  });

  test("typed one after the other are one number, if there is such a camera", () => {
    expect(actionOf(key("2"), { number: 1, atS: 10 }, 16, 10.5)).toEqual({ do: "choose", number: 12 });
    expect(actionOf(key("0"), { number: 1, atS: 10 }, 16, 10.5)).toEqual({ do: "choose", number: 10 });
    expect(actionOf(key("9"), { number: 1, atS: 10 }, 16, 10.5)).toEqual({ do: "choose", number: 9 });
    expect(actionOf(key("2"), { number: 1, atS: 10 }, 16, 12)).toEqual({ do: "choose", number: 2 });
  });
});

test("arrows lead to the neighbour and stay at the edge", () => {
  expect(moved(0, "right", 2, 4)).toBe(1);
  expect(moved(0, "down", 2, 4)).toBe(2);
  expect(moved(3, "up", 2, 4)).toBe(1);
  expect(moved(0, "up", 2, 4)).toBe(0);
  expect(moved(3, "right", 2, 4)).toBe(3);
});
