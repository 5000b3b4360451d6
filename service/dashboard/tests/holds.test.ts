import { describe, expect, test } from "vitest";
import { belowText } from "../src/figures";
import type { Hold } from "../src/messages";
import { holdOfAlarm, holdOfRegion, leftS, openAlarms } from "../src/watch/holds";
import { shownRegion } from "../src/watch/shown";
import { words } from "../src/words";
import { NOW_S, alert, camera, iso, reading, region } from "./made";

function hold(changes: Partial<Hold> = {}): Hold {
  return { rule: "levels", level: "critical", value: 1.2, below: 4.25, unit: "people/m²", for_s: 60, calm_since: iso(NOW_S - 25), believed: true, then: "clear", ...changes };
}

describe("what is still wanted", () => {
  test("is counted to the reading, not to the clock: what was not measured was not calm", () => {
    expect(leftS(hold(), reading({ captured_at: iso(NOW_S - 5) }))).toBe(40);
  });

  test("is not known before the calm begins, and never below nothing", () => {
    expect(leftS(hold({ calm_since: null }), reading())).toBeNull();
    expect(leftS(hold({ calm_since: iso(NOW_S - 300) }), reading())).toBe(0);
  });
});

describe("what holds an alarm", () => {
  test("is the hold of its rule at its level", () => {
    expect(holdOfAlarm({ rule: "levels", level: "critical" }, [hold()])).toEqual(hold());
    expect(holdOfAlarm({ rule: "levels", level: "alert" }, [hold()])).toBeNull();
    expect(holdOfAlarm({ rule: "rise", level: "critical" }, [hold()])).toBeNull();
  });
});

describe("what holds a region", () => {
  const open = (...rules: string[]) => rules.map((rule) => ({ rule, level: "alert" as const }));
  const levels = hold({ level: "alert" });
  const forecast = hold({ rule: "forecast", level: "alert", calm_since: iso(NOW_S - 10) });

  test("is of its alarms of that level the one that stays longest", () => {
    expect(holdOfRegion("alert", [levels, forecast], open("levels", "forecast"))).toEqual(forecast);
    expect(holdOfRegion("alert", [levels, { ...forecast, calm_since: null }], open("levels", "forecast"))?.rule).toBe("forecast");
  });

  test("is nothing while one of these is still asked for by its figure", () => {
    expect(holdOfRegion("alert", [levels], open("levels", "forecast"))).toBeNull();
  });

  test("leads to where its other alarms then stand", () => {
    const critical = { rule: "levels", level: "critical" as const };
    const then = (holds: Hold[], ...others: string[]) => holdOfRegion("critical", holds, [critical, ...open(...others)])?.then;
    expect(then([hold()])).toBe("clear");
    expect(then([hold({ then: "alert" })])).toBe("alert");
    expect(then([hold()], "capacity")).toBe("alert");
    expect(then([hold(), { ...forecast, rule: "capacity" }], "capacity")).toBe("alert");
    expect(then([hold(), { ...forecast, rule: "capacity", calm_since: iso(NOW_S - 40) }], "capacity")).toBe("clear");
    expect(then([hold({ then: null })], "capacity")).toBeNull();
  });

  test("is told before its alarm is heard of, and never of a region that is clear", () => {
    expect(holdOfRegion("alert", [levels], [])).toEqual(levels);
    expect(holdOfRegion("clear", [], [])).toBeNull();
  });
});

test("open alarms are those of regions that have not cleared", () => {
  const open = openAlarms([alert(), alert({ alert_id: "a2", rule: "rise", level: "caution" }), alert({ alert_id: "a3", region: null }), alert({ alert_id: "a4", cleared_at: iso(NOW_S) })]);
  expect(open.get("north/gate")?.map((alarm) => alarm.rule)).toEqual(["levels", "rise"]);
  expect(open.size).toBe(1);
});

test("a reading that has grown old holds nothing that could be counted down", () => {
  const held = region({ reading: reading({ holds: [hold()] }) });
  const shownAt = (nowS: number) => shownRegion(held, camera(), nowS, { stale_after_s: 5, unknown_after_s: 15 }, "critical").holds;
  expect(shownAt(NOW_S)).toEqual([hold()]);
  expect(shownAt(NOW_S + 6)).toEqual([]);
});

test("the readings of a worker of last month hold nothing", () => {
  expect(shownRegion(region(), camera(), NOW_S, { stale_after_s: 5, unknown_after_s: 15 }, "clear").holds).toEqual([]);
});

test("a figure below its mark is never rounded up to it", () => {
  expect([belowText(3.38, 3.4), belowText(3.45, 3.4), belowText(4.23, 4.25)]).toEqual(["3.3", "3.5", "4.2"]);
});

describe("a hold is told with what follows", () => {
  test("and ends only where that is clear", () => {
    const short = (then: "clear" | "alert" | null) => words.hold.short("35 s", then) + words.hold.following(then);
    expect(short("clear")).toBe("ends in 35 s");
    expect(short("alert")).toBe("35 s more, then alert");
    expect(short(null)).toBe("35 s more");
    const calm = (then: "clear" | "alert" | null) => words.hold.calm("4.1 people/m²", "4.25", "22:10:00", "1 min", "35 s", then);
    expect(calm("alert")).toBe("holds: 4.1 people/m², below 4.25 since 22:10:00; lowered to alert after 1 min of that, 35 s to go");
    expect(calm("clear")).toContain("; ends after 1 min");
    expect(calm(null)).toContain("; ends or is lowered after 1 min");
  });
});
