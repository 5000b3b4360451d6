import { describe, expect, test } from "vitest";
import type { AlertView, RegionUpdate } from "../src/messages";
import { parseMessage } from "../src/messages";
import { NOTHING, reduce, withRecord } from "../src/watch/state";
import { NOW_S, alert, camera, iso, reading, region, snapshot } from "./made";

const START = reduce(NOTHING, snapshot());

function update(changes: Partial<RegionUpdate> = {}): RegionUpdate {
  const { camera, region: id, level, stale, age_s, reason, reading } = region();
  return { camera, region: id, level, stale, age_s, reason, reading, ...changes };
}

describe("a snapshot", () => {
  test("replaces all that was known, cameras in the order of the site file", () => {
    const cameras = [camera({ id: "stage" }), camera({ id: "alley" })];
    const after = reduce(START, snapshot({ cameras }));
    expect(after.order).toEqual(["stage", "alley"]);
    expect(after.cameras["north"]).toBeUndefined();
  });

  test("brings the open alarms; one that it calls closed is not open", () => {
    const after = reduce(NOTHING, snapshot({ alerts: [alert(), alert({ alert_id: "a2", state: "closed" })] }));
    expect(Object.keys(after.alerts)).toEqual(["a1"]);
  });

  test("brings ten minutes of trend and no more", () => {
    const t = Array.from({ length: 300 }, (_, index) => NOW_S - 1500 + 5 * index);
    const density = t.map(() => 1);
    const trends = { "north/gate": { t, density, peak_density: density, count: density } };
    const trend = reduce(NOTHING, snapshot({ trends })).trends["north/gate"]!;
    expect(trend.t.at(-1)! - trend.t[0]!).toBeLessThanOrEqual(600);
    expect(trend.value).toHaveLength(trend.t.length);
  });
});

describe("trends of a large site", () => {
  test("come for the cameras that are looked at, and the others keep theirs", () => {
    const view = { t: [NOW_S - 2, NOW_S - 1], density: [1, 2], peak_density: [1, 2], count: [10, 20] };
    const before = reduce(START, { type: "trends", trends: { "stage/floor": view } });
    const after = reduce(before, { type: "trends", trends: { "north/gate": view } });
    expect(after.trends["north/gate"]!.value).toEqual([1, 2]);
    expect(after.trends["stage/floor"]).toBe(before.trends["stage/floor"]);
  });
});

describe("a region whose figures come but are not believed", () => {
  const heard = (level: RegionUpdate["level"], laterS: number): RegionUpdate =>
    update({ level, reading: reading({ captured_at: iso(NOW_S + laterS) }) });
  const after = (...updates: RegionUpdate[]) => updates.reduce((watch, one) => reduce(watch, { type: "readings", readings: [one] }), START);

  test("is unknown since the first of them, and not since the last", () => {
    const watch = after(heard("clear", 1), heard("unknown", 2), heard("unknown", 3), heard("unknown", 4));
    expect(watch.unknownSinceS).toEqual({ "north/gate": NOW_S + 2 });
  });

  test("begins anew once it was known in between", () => {
    const watch = after(heard("unknown", 2), heard("clear", 3), heard("unknown", 4));
    expect(watch.unknownSinceS).toEqual({ "north/gate": NOW_S + 4 });
    expect(after(heard("unknown", 2), heard("clear", 3)).unknownSinceS).toEqual({});
  });
});

describe("a reading", () => {
  test("of many in one message each changes its own region, of a camera too", () => {
    const regions = [region(), region({ region: "hall" })];
    const start = reduce(NOTHING, snapshot({ cameras: [camera({ regions })] }));
    const updates = [update({ level: "notice" }), update({ region: "hall", level: "alert" }), update({ camera: "unknown" })];
    const after = reduce(start, { type: "readings", readings: updates });
    expect(after.cameras["north"]!.regions.map((one) => one.level)).toEqual(["notice", "alert"]);
    expect(Object.keys(after.trends)).toEqual(["north/gate", "north/hall"]);
  });

  test("changes its region and nothing of what was configured for it", () => {
    const after = reduce(START, { type: "readings", readings: [update({ level: "alert", reading: reading({ density_per_m2: 4.3 }) })] });
    expect(after.cameras["north"]!.regions[0]).toMatchObject({ level: "alert", name: "North gate", reading: { density_per_m2: 4.3 } });
  });

  test("leaves the other cameras the very same objects, so that they are not drawn anew", () => {
    const two = reduce(NOTHING, snapshot({ cameras: [camera(), camera({ id: "stage", regions: [] })] }));
    const after = reduce(two, { type: "readings", readings: [update()] });
    expect(after.cameras["stage"]).toBe(two.cameras["stage"]);
    expect(after.cameras["north"]).not.toBe(two.cameras["north"]);
  });

  test("adds a point to the trend, once", () => {
    const message = { type: "readings", readings: [update()] } as const;
    const after = reduce(reduce(START, { ...message, readings: [...message.readings] }), { ...message, readings: [...message.readings] });
    expect(after.trends["north/gate"]!.value).toEqual([5.2]);
  });

  test("that is old adds nothing to the trend", () => {
    const after = reduce(START, { type: "readings", readings: [update({ stale: true, level: "unknown" })] });
    expect(after.trends["north/gate"]).toBeUndefined();
  });

  test("without a density puts its count into the trend", () => {
    const counted = reading({ density_per_m2: null, count: 31 });
    const after = reduce(START, { type: "readings", readings: [update({ reading: counted })] });
    expect(after.trends["north/gate"]!.value).toEqual([31]);
  });

  test("of a camera or region that is not known is let pass", () => {
    expect(reduce(START, { type: "readings", readings: [update({ camera: "elsewhere" })] })).toBe(START);
    expect(reduce(START, { type: "readings", readings: [update({ region: "elsewhere" })] })).toBe(START);
  });
});

describe("an alarm", () => {
  test("is open until it is closed, and then stands under the open ones", () => {
    const raised = reduce(START, { type: "alert", alert: alert() });
    expect(Object.keys(raised.alerts)).toEqual(["a1"]);
    const closed = reduce(raised, { type: "alert", alert: alert({ state: "closed", cleared_at: iso(NOW_S + 60) }) });
    expect(closed.alerts).toEqual({});
    expect(closed.closed.map((one) => one.alert_id)).toEqual(["a1"]);
  });

  test("that was over before the page was opened is read from the record, newest first and once", () => {
    const over = (id: string, endedS: number): AlertView => alert({ alert_id: id, state: "closed", updated_at: iso(endedS) });
    const watch = reduce(reduce(NOTHING, { type: "alert", alert: alert({ alert_id: "open" }) }), { type: "alert", alert: over("seen", NOW_S - 60) });
    const record = [over("late", NOW_S - 30), over("early", NOW_S - 90), over("seen", NOW_S - 60), alert({ alert_id: "open" }), over("open", NOW_S)];
    expect(withRecord(watch, record).closed.map((one) => one.alert_id)).toEqual(["late", "seen", "early"]);
  });

  test("that is closed twice is listed once, and only the latest twenty are kept", () => {
    let watch = START;
    for (let number = 0; number < 30; number++) {
      watch = reduce(watch, { type: "alert", alert: alert({ alert_id: `a${number}`, state: "closed" }) });
    }
    watch = reduce(watch, { type: "alert", alert: alert({ alert_id: "a29", state: "closed" }) });
    expect(watch.closed).toHaveLength(20);
    expect(watch.closed[0]!.alert_id).toBe("a29");
  });
});

test("a camera that the snapshot did not have is put at the end", () => {
  expect(reduce(START, { type: "camera", camera: camera({ id: "new" }) }).order).toEqual(["north", "new"]);
});

test("a tick changes nothing but what the service says it lacks", () => {
  const tick = { type: "tick", server_time: iso(NOW_S), faults: [] } as const;
  expect(reduce(START, { ...tick, faults: [] })).toBe(START);
  expect(reduce(START, { ...tick, faults: ["Redis is away"] }).faults).toEqual(["Redis is away"]);
});

test("a message of a kind that this page does not know is let pass", () => {
  expect(parseMessage(JSON.stringify({ type: "horoscope" }))).toBeNull();
  expect(parseMessage("[]")).toBeNull();
  expect(parseMessage(JSON.stringify({ type: "tick", server_time: "", faults: [] }))).not.toBeNull();
});
