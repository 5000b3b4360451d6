import { describe, expect, test } from "vitest";
import type { CameraView, RegionView } from "../src/messages";
import { isDegraded, isSeen, levelTogether, openLevels, peakDrives, severity, shownRegion, type Shown } from "../src/watch/shown";
import { NOW_S, alert, camera, iso, reading, region } from "./made";
import { timesText } from "../src/figures";
import { words } from "../src/words";

const LIMITS = { stale_after_s: 5, unknown_after_s: 15 };

function shown(changes: { region?: Partial<RegionView>; camera?: Partial<CameraView>; laterS?: number } = {}): Shown {
  return shownRegion(region(changes.region), camera(changes.camera), NOW_S + (changes.laterS ?? 0), LIMITS, "clear");
}

describe("a region that is seen", () => {
  test("shows its level and its figure as current, without a word on its age", () => {
    expect(shown()).toMatchObject({ level: "critical", current: true, reason: "", ageS: null, stale: false });
  });

  test("is never calmer than its alarm, which stays open for a while after the density has fallen", () => {
    const fallen = (level: RegionView["level"]) => shownRegion(region({ level }), camera(), NOW_S, LIMITS, "caution");
    expect(fallen("clear")).toMatchObject({ level: "caution", current: true, held: null });
    expect(fallen("alert").level).toBe("alert");
    expect(fallen("unknown")).toMatchObject({ level: "unknown" });
  });

  test("tells its age past two seconds and is marked as old past five", () => {
    expect(shown({ laterS: 2 })).toMatchObject({ stale: false, current: true });
    expect(shown({ laterS: 2 }).ageS).toBeCloseTo(2.4);
    expect(shown({ laterS: 5 })).toMatchObject({ stale: true, current: true, level: "critical" });
  });
});

describe("no data is never shown as safe: a region is unknown", () => {
  test("when its figure has grown too old, though nobody has said so", () => {
    const late = shown({ region: { level: "clear" }, laterS: 16 });
    expect(late).toMatchObject({ level: "unknown", current: false, reason: "No new figure for 16 s" });
    expect(late.sinceS).toBeCloseTo(NOW_S - 0.4);
  });

  test("when the service does not believe its figures, since the first of these", () => {
    const doubted = region({ level: "unknown", reason: "stale" });
    expect(shownRegion(doubted, camera(), NOW_S, LIMITS, "clear", NOW_S - 30)).toMatchObject({ level: "unknown", sinceS: NOW_S - 30 });
  });

  test("when there is no figure at all", () => {
    expect(shown({ region: { level: "clear", reading: null, age_s: null } })).toMatchObject({ level: "unknown", reason: "No figure yet" });
  });

  test.each([
    ["silent", "No picture for 41 s"],
    ["frozen", "Picture frozen for 50 s"],
    ["dark", "Too dark to count for 50 s"],
    ["overexposed", "Too bright to count for 50 s"],
    ["covered", "Camera covered for 50 s"],
    ["moved", "Camera moved 50 s ago: no density until it is turned back or calibrated anew"],
    ["off", "Switched off in the site file"],
    ["starting", "The camera starts: no picture yet"],
  ] as const)("when its camera is %s, whatever the last level was", (state, reason) => {
    const lost = { state, since: iso(NOW_S - 50), last_frame_at: iso(NOW_S - 41) };
    expect(shown({ camera: lost, region: { level: "clear" } })).toMatchObject({ level: "unknown", current: false, reason });
  });

  test("when its camera never gave a picture, with the reason and without a time that nobody knows", () => {
    const refused = { state: "silent", since: iso(NOW_S - 12), last_frame_at: null, reason: "the camera refuses the connection" } as const;
    expect(shown({ camera: refused }).reason).toBe("No picture comes (the camera refuses the connection)");
    expect(shown({ camera: { ...refused, reason: "" } }).reason).toBe("No picture comes");
  });

  test("when its camera is in a state that this page does not know", () => {
    const odd = { state: "underwater" as CameraView["state"], reason: "it has been flooded" };
    expect(shown({ camera: odd, region: { level: "clear" } })).toMatchObject({ level: "unknown", reason: "it has been flooded" });
  });

  test("when the service says so, with the service's reason", () => {
    expect(shown({ region: { level: "unknown", reason: "blurred" } })).toMatchObject({ level: "unknown", reason: "blurred", current: false });
  });
});

describe("a region that is counted but not calibrated", () => {
  const counts = { density_per_m2: null, peak_density_per_m2: null, area_m2: null, count: 27, quality: 0.5 };
  const uncalibrated = { level: "unknown", stale: true, reason: "no ground plane", reading: reading({ ...counts, level: "unknown" }) } as const;

  test("is unknown but not lost: its count is current, nothing is cut short and there is no since", () => {
    expect(shown({ region: uncalibrated })).toMatchObject({
      level: "unknown", uncalibrated: true, current: true, stale: false, sinceS: null, reason: "not calibrated: no density",
    });
  });

  test("is marked as old, then lost, like any other", () => {
    expect(shown({ region: uncalibrated, laterS: 6 })).toMatchObject({ uncalibrated: true, stale: true, current: true });
    expect(shown({ region: uncalibrated, laterS: 16 })).toMatchObject({ uncalibrated: false, current: false, reason: "No new figure for 16 s" });
    expect(shown({ region: { ...uncalibrated, age_s: 16 } })).toMatchObject({ uncalibrated: false, current: false });
  });

  test("is lost with its camera, and when its picture shows nothing", () => {
    expect(shown({ region: uncalibrated, camera: { state: "silent" } })).toMatchObject({ uncalibrated: false, current: false });
    const dark = { ...uncalibrated, reason: "too dark", reading: reading({ ...counts, quality: 0 }) };
    expect(shown({ region: dark })).toMatchObject({ uncalibrated: false, current: false, reason: "too dark" });
  });

  test("still holds an open alarm", () => {
    const held = shownRegion(region(uncalibrated), camera(), NOW_S, LIMITS, "caution");
    expect(held).toMatchObject({ uncalibrated: true });
  });

  test("never makes its camera clear, and hides nothing worse beside it", () => {
    const clear = shown({ region: { level: "clear" } });
    expect(levelTogether([shown({ region: uncalibrated }), clear])).toBe("unknown");
    expect(levelTogether([shown({ region: uncalibrated }), shown({ region: { level: "notice" } })])).toBe("notice");
    expect(levelTogether([clear])).toBe("clear");
  });
});

describe("an alarm that is still open", () => {
  const blind = camera({ state: "silent" });

  test("is held over a region that cannot be seen any more, and keeps its place", () => {
    const lost = shownRegion(region(), blind, NOW_S, LIMITS, "critical");
    expect(lost).toMatchObject({ level: "unknown", held: "critical" });
    expect(severity(lost)).toBeGreaterThan(severity(shownRegion(region(), blind, NOW_S, LIMITS, "clear")));
  });

  test("counts until it has cleared, at its highest", () => {
    const open = openLevels([alert({ level: "alert" }), alert({ alert_id: "a2", level: "caution" }), alert({ alert_id: "a3", region: null })]);
    expect([...open]).toEqual([["north/gate", "alert"]]);
    expect(openLevels([alert({ cleared_at: iso(NOW_S) })]).size).toBe(0);
  });
});

test("the whole picture of a camera without regions goes by the camera's name", () => {
  expect(shown({ region: { region: "picture", name: "picture" } }).name).toBe("North square");
  expect(shown({ region: { region: "picture", name: "Yard" } }).name).toBe("Yard");
  expect(shown({ region: { region: "gate", name: "" } }).name).toBe("gate");
});

test("a peak that alone has reached the level is drawn as strong as the figure", () => {
  expect(peakDrives(region({ reading: reading({ density_per_m2: 2.4, peak_density_per_m2: 5.2 }) }))).toBe(true);
  expect(peakDrives(region({ reading: reading({ density_per_m2: 5.1, peak_density_per_m2: 5.2 }) }))).toBe(false);
});

test("a camera that is counted more seldom than the site asks for says so, one that starts or is lost does not", () => {
  expect(isDegraded(camera({ analysed_rate_hz: 0.9 }), NOW_S)).toBe(true);
  expect(isDegraded(camera({ analysed_rate_hz: 1.9 }), NOW_S)).toBe(false);
  expect(isDegraded(camera({ analysed_rate_hz: 0.9, since: iso(NOW_S - 9) }), NOW_S)).toBe(false);
  expect(isDegraded(camera({ analysed_rate_hz: 0 }), NOW_S)).toBe(false);
  expect(isDegraded(camera({ analysed_rate_hz: 0.9, state: "silent" }), NOW_S)).toBe(false);
  expect(words.camera.degraded(timesText(0.9), timesText(2))).toBe("counted 0.9 of 2 times a second");
});

describe("a camera is seen", () => {
  const young = shown();
  const old = shown({ laterS: 16 });

  test("while one of its regions has a figure to believe", () => {
    expect(isSeen(camera(), [old, young], NOW_S)).toBe(true);
    expect(isSeen(camera(), [], NOW_S)).toBe(true);
  });

  test("but not when all of them are unknown, though it sends pictures", () => {
    expect(isSeen(camera(), [old, old], NOW_S)).toBe(false);
  });

  test("nor when it is lost itself", () => {
    expect(isSeen(camera({ state: "frozen" }), [young], NOW_S)).toBe(false);
  });

  test("and also where people are counted without a density", () => {
    const counted = shown({ region: { level: "unknown", reading: reading({ density_per_m2: null }) } });
    expect(isSeen(camera(), [counted], NOW_S)).toBe(true);
  });
});
