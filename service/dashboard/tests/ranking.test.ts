import { describe, expect, test } from "vitest";
import type { Level } from "../src/levels";
import type { AlertView } from "../src/messages";
import { alarmOrder, fittingWall, levelSinceS, listedBecause, listedLevel, wallPage, worstCameras, worstFirst } from "../src/watch/ranking";
import type { Shown } from "../src/watch/shown";
import { NOW_S, alert, iso, reading } from "./made";

function shown(name: string, level: Level, density: number, held: Level | null = null): Shown {
  const figures = reading({ density_per_m2: density, peak_density_per_m2: density });
  return { camera: name, region: "r", name, level, uncalibrated: false, held, reason: "", sinceS: null, reading: figures, current: true, stale: false, ageS: null, holds: [] };
}

function names(regions: readonly Shown[]): string {
  return regions.map((region) => region.name).join(" ");
}

describe("where it is worst", () => {
  test("levels come before figures", () => {
    const regions = [shown("a", "clear", 1.9), shown("b", "critical", 4), shown("c", "notice", 2.1), shown("d", "unknown", 0)];
    expect(names(worstFirst(regions, []))).toBe("b d c a");
  });

  test("at first the denser stands before the less dense of the same level", () => {
    expect(names(worstFirst([shown("a", "clear", 0.5), shown("b", "clear", 0.6)], []))).toBe("b a");
  });

  test("regions of one level do not change places for a little", () => {
    const before = ["a/r", "b/r"];
    expect(names(worstFirst([shown("a", "clear", 1.0), shown("b", "clear", 1.2)], before))).toBe("a b");
    expect(names(worstFirst([shown("a", "clear", 1.0), shown("b", "clear", 1.4)], before))).toBe("b a");
  });

  test("one that is counted but not calibrated stands below what is lost or raised, and just above clear", () => {
    const counted = { ...shown("u", "unknown", 0), uncalibrated: true };
    const regions = [shown("a", "clear", 1.9), counted, shown("b", "notice", 2.1), shown("c", "caution", 3.1), shown("d", "unknown", 0)];
    expect(names(worstFirst(regions, []))).toBe("d c b u a");
    expect(worstCameras(["a", "u", "d"], regions, new Set(["d"]))).toEqual(["d", "u", "a"]);
  });

  test("one that was critical when its camera was lost stands where it stood", () => {
    expect(names(worstFirst([shown("a", "alert", 4.5), shown("b", "unknown", 5, "critical")], []))).toBe("b a");
  });
});

describe("the wall", () => {
  const order = ["a", "b", "c", "d", "e"];

  test("follows the worst by level only: a tile never moves with a figure", () => {
    const regions = [shown("a", "clear", 1.9), shown("b", "clear", 0.1), shown("c", "alert", 4)];
    expect(worstCameras(["a", "b", "c"], regions, new Set())).toEqual(["c", "a", "b"]);
    expect(worstCameras(["b", "a"], regions, new Set())).toEqual(["b", "a", "c"].slice(0, 2));
  });

  test("brings a lost camera forward even if it has no regions", () => {
    expect(worstCameras(["a", "b"], [], new Set(["b"]))).toEqual(["b", "a"]);
  });

  test("is as small as holds all cameras", () => {
    expect([0, 1, 2, 4, 5, 9, 10, 40].map(fittingWall)).toEqual([1, 1, 4, 4, 9, 9, 16, 16]);
  });

  test("has pages, and no page beyond the last", () => {
    expect(wallPage(order, 4, 1)).toEqual({ cameras: ["e"], page: 1, pages: 2 });
    expect(wallPage(order, 4, 7).page).toBe(1);
    expect(wallPage([], 4, 0)).toEqual({ cameras: [], page: 0, pages: 1 });
  });
});

describe("the alarm list", () => {
  const old = alert({ alert_id: "old", raised_at: iso(NOW_S - 60) });
  const fresh = alert({ alert_id: "fresh", raised_at: iso(NOW_S) });
  const taken = alert({ alert_id: "taken", raised_at: iso(NOW_S + 5), state: "acknowledged", acknowledged_at: iso(NOW_S + 6) });

  const ids = (...alerts: AlertView[]): string => alarmOrder(alerts).map((one) => one.alert_id).join(" ");

  test("has what is acknowledged below all that waits, and of one level the newest on top", () => {
    expect(ids(taken, old, fresh)).toBe("fresh old taken");
  });

  test("has the worst on top, also when lesser alarms come after it", () => {
    const critical = alert({ alert_id: "critical", level: "critical", raised_at: iso(NOW_S) });
    const caution = alert({ alert_id: "caution", level: "caution", raised_at: iso(NOW_S + 90) });
    expect(ids(caution, critical)).toBe("critical caution");
  });

  test("has a crowd above the cameras and workers that fail at the same level after it", () => {
    const crowd = alert({ alert_id: "crowd", level: "alert", raised_at: iso(NOW_S) });
    const camera = alert({ alert_id: "camera", level: "alert", region: null, raised_at: iso(NOW_S + 60) });
    const critical = alert({ alert_id: "critical", level: "critical", region: null, raised_at: iso(NOW_S) });
    expect(ids(camera, crowd, critical)).toBe("critical crowd camera");
  });

  test("takes an escalation for as new as it is", () => {
    const early = alert({ alert_id: "early", level: "alert", raised_at: iso(NOW_S), level_at: iso(NOW_S + 90) });
    const later = alert({ alert_id: "later", level: "alert", raised_at: iso(NOW_S + 60), level_at: iso(NOW_S + 60) });
    expect(ids(later, early)).toBe("early later");
  });

  test("keeps a critical that has cleared on top until it is acknowledged: it still sounds; below one that holds", () => {
    const over = { level: "clear", highest_level: "critical", state: "cleared-unacknowledged" } as const;
    const cleared = alert({ alert_id: "cleared", ...over, raised_at: iso(NOW_S + 60), cleared_at: iso(NOW_S + 120) });
    const holds = alert({ alert_id: "holds", level: "critical", raised_at: iso(NOW_S) });
    const caution = alert({ alert_id: "caution", level: "caution", raised_at: iso(NOW_S + 90) });
    expect(ids(caution, cleared, holds)).toBe("holds cleared caution");
  });

  test("lists what has cleared under the highest level that it had", () => {
    expect(listedLevel(alert({ level: "clear", highest_level: "critical", cleared_at: iso(NOW_S) }))).toBe("critical");
    expect(listedLevel(alert({ level: "alert" }))).toBe("alert");
  });
});

describe("what an alarm tells", () => {
  const told = {
    level_at: iso(NOW_S - 60), highest_at: iso(NOW_S - 200),
    because: "0.5 people/m², below 2.5 for 60 s", highest_because: "5.4 people/m² for 12 s, threshold 5.0",
  };

  test("while it stands, it is why it has its level", () => {
    const open = alert({ ...told, level: "caution" });
    expect([levelSinceS(open), listedBecause(open)]).toEqual([NOW_S - 60, told.because]);
  });

  test("once it is over, it is what raised it to its highest level, with the time of that", () => {
    const over = alert({ ...told, cleared_at: iso(NOW_S) });
    expect([levelSinceS(over), listedBecause(over)]).toEqual([NOW_S - 200, told.highest_because]);
  });

  test("one of a service that did not note that is told as far as it is known", () => {
    const over = alert({ ...told, highest_at: null, highest_because: null, cleared_at: iso(NOW_S) });
    expect([levelSinceS(over), listedBecause(over)]).toEqual([NOW_S - 60, told.because]);
  });
});
