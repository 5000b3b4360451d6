import { describe, expect, test } from "vitest";
import type { AlertView } from "../src/messages";
import { PATTERNS, insisting, risen, soundOf } from "../src/sound/patterns";
import { NOW_S, alert, iso } from "./made";

function byId(...alerts: AlertView[]): Record<string, AlertView> {
  return Object.fromEntries(alerts.map((one) => [one.alert_id, one]));
}

function sound(before: AlertView[], after: AlertView[]): string | null {
  return soundOf(risen(byId(...before), byId(...after)));
}

const acknowledged = alert({ state: "acknowledged", acknowledged_at: iso(NOW_S) });

describe("a sound is made", () => {
  test("when an alert or a critical is raised, the worse of both", () => {
    expect(sound([], [alert({ level: "alert" })])).toBe("alert");
    expect(sound([], [alert({ level: "alert" }), alert({ alert_id: "a2" })])).toBe("critical");
  });

  test("not for a caution or a notice", () => {
    expect(sound([], [alert({ level: "caution" })])).toBeNull();
  });

  test("when an alarm rises to a higher level, not when it stays or falls", () => {
    expect(sound([alert({ level: "alert" })], [alert({ level: "critical" })])).toBe("critical");
    expect(sound([alert()], [alert({ because: "still" })])).toBeNull();
    expect(sound([alert()], [alert({ level: "alert" })])).toBeNull();
  });

  test("when one that was acknowledged asks again", () => {
    expect(sound([acknowledged], [alert()])).toBe("critical");
    expect(sound([alert()], [acknowledged])).toBeNull();
  });
});

describe("a critical insists", () => {
  test("until somebody acknowledges it, cleared meanwhile or not", () => {
    const over = alert({ state: "cleared-unacknowledged", level: "clear", cleared_at: iso(NOW_S) });
    expect(insisting(byId(alert()))).toEqual([alert()]);
    expect(insisting(byId(over))).toEqual([over]);
    expect(insisting(byId(acknowledged))).toEqual([]);
  });

  test("and nothing below it does", () => {
    expect(insisting(byId(alert({ level: "alert", highest_level: "alert" })))).toEqual([]);
  });
});

test("the patterns are short, and differ in number of tones or direction", () => {
  const shapes = Object.values(PATTERNS).map((tones) => tones.map((tone) => tone.hz).join());
  expect(new Set(shapes).size).toBe(shapes.length);
  for (const tones of Object.values(PATTERNS)) expect(tones.at(-1)!.atS + tones.at(-1)!.lastsS).toBeLessThan(1.3);
});
