/** What holds an alarm whose figure has fallen, as the judge says it: the page guesses nothing and counts nothing on. */

import { rankOf, levelOf, type Level } from "../levels";
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

/** What holds a region at its level: of all its alarms of that level the one that stays longest; null where one is still asked for. */
export function holdOfRegion(level: Level, holds: readonly Hold[], open: readonly OpenAlarm[]): Hold | null {
  const alarms = open.filter((alarm) => alarm.level === level);
  const found = alarms.map((alarm) => holdOfAlarm(alarm, holds));
  const all = alarms.length ? found : holds.filter((hold) => levelOf(hold.level) === level);
  if (all.length === 0 || all.includes(null) || rankOf(level) === 0) return null;
  return (all as Hold[]).reduce((longest, hold) => (endsAtS(hold) > endsAtS(longest) ? hold : longest));
}

function endsAtS(hold: Hold): number {
  return hold.calm_since === null ? Infinity : epochS(hold.calm_since) + hold.for_s;
}
