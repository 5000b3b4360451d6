import { describe, expect, test } from "vitest";
import type { AlertView } from "../src/messages";
import { heardAfter, newCalls, risen, soundOf } from "../src/sound/patterns";
import { grouped, waitingOf } from "../src/watch/groups";
import { alarmOrder } from "../src/watch/ranking";
import { NOW_S, alert, iso } from "./made";

const levels = alert({ alert_id: "levels", level: "alert" });
const forecast = alert({ alert_id: "forecast", rule: "forecast", level: "alert" });
const rise = alert({ alert_id: "rise", rule: "rise", level: "caution" });
const elsewhere = alert({ alert_id: "elsewhere", region: "stairs", level: "caution" });
const lens = alert({ alert_id: "lens", region: null, rule: "camera-blurred", level: "caution" });
const clock = alert({ alert_id: "clock", region: null, rule: "camera-clock", level: "caution" });

function names(...alerts: AlertView[]): string[] {
  return grouped(alarmOrder(alerts)).map((group) => group.alarms.map((one) => one.alert_id).join(" "));
}

describe("the alarms of one region", () => {
  test("stand together in the place of the first of them, other regions apart", () => {
    expect(names(rise, elsewhere, { ...levels, level: "critical" }, forecast)).toEqual(["levels forecast rise", "elsewhere"]);
  });

  test("are headed by the worst that has not cleared, whichever of them waits", () => {
    const taken = { ...levels, level: "critical" as const, state: "acknowledged" as const };
    const [group] = grouped(alarmOrder([taken, rise]));
    expect(group!.alarms.map((one) => one.alert_id)).toEqual(["levels", "rise"]);
    expect(waitingOf(group!)).toEqual([rise]);
    const over = { ...levels, level: "clear" as const, state: "cleared-unacknowledged" as const, cleared_at: iso(NOW_S) };
    expect(names(over, rise)).toEqual(["rise levels"]);
  });

  test("stand as high as the worst of them, below what waits at the same level, above all where nothing waits", () => {
    const taken = { ...levels, level: "critical" as const, state: "acknowledged" as const };
    const alertElsewhere = { ...elsewhere, level: "alert" as const };
    expect(names(alertElsewhere, taken, rise)).toEqual(["levels rise", "elsewhere"]);
    expect(names(taken, rise, { ...elsewhere, level: "critical" })).toEqual(["elsewhere", "levels rise"]);
    expect(names(taken, elsewhere)).toEqual(["elsewhere", "levels"]);
  });

  test("are no reason to join those of cameras", () => {
    expect(names(lens, clock)).toHaveLength(2);
  });
});

describe("one crowd is called once", () => {
  const by = (alerts: AlertView[]) => Object.fromEntries(alerts.map((one) => [one.alert_id, one]));

  /** What is heard as `after` comes; all of `before` has been heard at its level, but for what is given as `heard`. */
  function sound(before: AlertView[], after: AlertView[], heard = heardAfter(new Map(), before, by(before))): string | null {
    return soundOf(newCalls(risen(by(before), by(after)), by(before), heard));
  }

  const capacity = { ...levels, alert_id: "capacity", rule: "capacity" };
  const taken = (one: AlertView) => ({ ...one, state: "acknowledged" as const, acknowledged_at: iso(NOW_S) });

  test("and not again by another rule at the same level while nobody has taken it", () => {
    expect(sound([], [levels])).toBe("alert");
    expect(sound([levels], [levels, forecast])).toBeNull();
    expect(sound([levels], [levels, capacity])).toBeNull();
    expect(sound([forecast], [forecast, { ...rise, level: "alert" }])).toBeNull();
  });

  test("but what was foretold is called again when it is there", () => {
    expect(sound([forecast], [forecast, levels])).toBe("alert");
    expect(sound([{ ...rise, level: "alert" }], [{ ...rise, level: "alert" }, capacity])).toBe("alert");
  });

  test("but again when it gets worse, in another region, and when what called is taken or over", () => {
    expect(sound([levels], [levels, { ...capacity, level: "critical" }])).toBe("critical");
    expect(sound([levels], [levels, { ...elsewhere, level: "alert" }])).toBe("alert");
    expect(sound([taken(levels)], [taken(levels), capacity])).toBe("alert");
    const over = { ...levels, state: "cleared-unacknowledged" as const, level: "clear" as const, cleared_at: iso(NOW_S) };
    expect(sound([over], [over, capacity])).toBe("alert");
  });

  test("and what nobody heard has called nobody", () => {
    expect(sound([levels], [levels, capacity], new Map())).toBe("alert");
    const heardLower = heardAfter(new Map(), [{ ...levels, level: "caution" }], by([levels]));
    expect(sound([levels], [levels, capacity], heardLower)).toBe("alert");
  });

  test("and is heard as it was, also when it has fallen and rises once more", () => {
    const heard = heardAfter(new Map(), [{ ...levels, level: "critical" }], by([levels]));
    expect(sound([levels], [levels, capacity], heard)).toBeNull();
    expect(sound([levels], [{ ...levels, level: "critical" }], heard)).toBe("critical");
    expect(heardAfter(heard, [], {})).toEqual(new Map());
  });
});
