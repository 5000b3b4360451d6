/** One crowd, one row: the alarms of a region stand together, whichever rules raised them. Pure. */

import { levelOf, rankOf } from "../levels";
import type { AlertView } from "../messages";
import { waits } from "./ranking";
import { regionKey } from "./state";

export interface AlarmGroup {
  readonly key: string;
  /** The one that is read first, then the others; never empty. */
  readonly alarms: readonly [AlertView, ...AlertView[]];
}

/** What an alarm stands together with: its region; one about a camera, a worker or the service stands alone. */
export function groupKey(alarm: AlertView): string {
  return alarm.region === null ? alarm.alert_id : regionKey({ camera: alarm.camera, region: alarm.region });
}

/** Sorted alarms in groups, each in the place of its first. */
export function grouped(sorted: readonly AlertView[]): AlarmGroup[] {
  const groups = new Map<string, [AlertView, ...AlertView[]]>();
  for (const alarm of sorted) {
    const group = groups.get(groupKey(alarm));
    if (group) group.push(alarm);
    else groups.set(groupKey(alarm), [alarm]);
  }
  return [...groups].map(([key, alarms]) => ({ key, alarms }));
}

export function waitingOf(group: AlarmGroup): AlertView[] {
  return group.alarms.filter(waits);
}

/** How bad a crowd already is that calls for somebody: the highest rank of what waits and has not cleared, by group. */
export function callingRanks(alerts: Iterable<AlertView>): ReadonlyMap<string, number> {
  const ranks = new Map<string, number>();
  for (const alarm of alerts) {
    if (!waits(alarm) || alarm.cleared_at) continue;
    const key = groupKey(alarm);
    ranks.set(key, Math.max(ranks.get(key) ?? 0, rankOf(levelOf(alarm.level))));
  }
  return ranks;
}
