/** What holds an alarm whose figure has fallen, as the judge says it: the page guesses nothing and counts nothing on. */

import { rankOf, levelOf, worstOf, type Level } from "../levels";
import type { AlertView, Hold, RegionReading } from "../messages";
import { epochS } from "../times";
import { regionKey } from "./state";

/** Seconds of calm that were still wanted when the reading was taken; null where no such run has begun. */
export function leftS(hold: Hold, reading: RegionReading): number | null {
  if (hold.calm_since === null) return null;
  return Math.max(0, hold.for_s - (epochS(reading.captured_at) - epochS(hold.calm_since)));
}

/** An alarm of a region that has not cleared. */
export interface OpenAlarm {
  readonly rule: string;
  readonly level: Level;
}

/** The alarms that have not cleared in each region, by `camera/region`. */
export function openAlarms(alerts: Iterable<AlertView>): ReadonlyMap<string, readonly OpenAlarm[]> {
  const open = new Map<string, OpenAlarm[]>();
  for (const alert of alerts) {
    if (alert.region === null || alert.cleared_at) continue;
    const key = regionKey({ camera: alert.camera, region: alert.region });
    open.set(key, [...(open.get(key) ?? []), { rule: alert.rule, level: levelOf(alert.level) }]);
  }
  return open;
}

/** What holds an alarm; null where its figure still asks for it. */
export function holdOfAlarm(alarm: OpenAlarm, holds: readonly Hold[]): Hold | null {
  return holds.find((hold) => hold.rule === alarm.rule && levelOf(hold.level) === alarm.level) ?? null;
}

/**
 * What holds a region at its level: of all its alarms of that level the one that stays longest; null where one is still asked
 * for. Its `then` is the region's: what the other alarms leave it at, too.
 */
export function holdOfRegion(level: Level, holds: readonly Hold[], open: readonly OpenAlarm[]): Hold | null {
  const alarms = open.filter((alarm) => alarm.level === level);
  const found = alarms.map((alarm) => holdOfAlarm(alarm, holds));
  const all = alarms.length ? found : holds.filter((hold) => levelOf(hold.level) === level);
  if (all.length === 0 || all.includes(null) || rankOf(level) === 0) return null;
  const longest = (all as Hold[]).reduce((one, hold) => (endsAtS(hold) > endsAtS(one) ? hold : one));
  if (longest.then == null) return longest;
  const others = open.filter((alarm) => alarm.rule !== longest.rule).map((alarm) => levelAtEnd(alarm, longest, holds));
  return { ...longest, then: worstOf([levelOf(longest.then), ...others]) };
}

/** Where an alarm stands when a hold ends: at its level, unless its own hold has ended by then. */
function levelAtEnd(alarm: OpenAlarm, end: Hold, holds: readonly Hold[]): Level {
  const own = holdOfAlarm(alarm, holds);
  return own && endsAtS(own) <= endsAtS(end) ? levelOf(own.then ?? alarm.level) : alarm.level;
}

function endsAtS(hold: Hold): number {
  return hold.calm_since === null ? Infinity : epochS(hold.calm_since) + hold.for_s;
}
