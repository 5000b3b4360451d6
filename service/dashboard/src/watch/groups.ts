/** One crowd, one row: the alarms of a region stand together, whichever rules raised them. Pure. */

import { rankOf } from "../levels";
import type { AlertView } from "../messages";
import { listedLevel, waits } from "./ranking";
import { regionKey } from "./state";

export interface AlarmGroup {
  readonly key: string;
  /** The worst that has not cleared, then the others; never empty. */
  readonly alarms: readonly [AlertView, ...AlertView[]];
}

/** What an alarm stands together with: its region; one about a camera, a worker or the service stands alone. */
export function groupKey(alarm: AlertView): string {
  return alarm.region === null ? alarm.alert_id : regionKey({ camera: alarm.camera, region: alarm.region });
}

/** Sorted alarms in groups: those with something that waits first; among these the worst, whichever of its alarms waits. */
export function grouped(sorted: readonly AlertView[]): AlarmGroup[] {
  const groups = new Map<string, [AlertView, ...AlertView[]]>();
  for (const alarm of sorted) {
    const group = groups.get(groupKey(alarm));
    if (group) group.push(alarm);
    else groups.set(groupKey(alarm), [alarm]);
  }
  for (const alarms of groups.values()) alarms.sort(worstOpenFirst);
  return [...groups].map(([key, alarms]) => ({ key, alarms })).sort(worstGroupFirst);
}

/** A crowd is as bad as its worst alarm that has not cleared, though somebody has taken that one and a lesser one waits. */
function worstOpenFirst(one: AlertView, other: AlertView): number {
  return Number(one.cleared_at !== null) - Number(other.cleared_at !== null) || rankOf(listedLevel(other)) - rankOf(listedLevel(one));
}

function worstGroupFirst(one: AlarmGroup, other: AlarmGroup): number {
  return (
    Number(waitingOf(other).length > 0) - Number(waitingOf(one).length > 0) ||
    worstRank(other.alarms) - worstRank(one.alarms) ||
    worstRank(waitingOf(other)) - worstRank(waitingOf(one))
  );
}

function worstRank(alarms: readonly AlertView[]): number {
  return Math.max(-1, ...alarms.map((alarm) => rankOf(listedLevel(alarm))));
}

export function waitingOf(group: AlarmGroup): AlertView[] {
  return group.alarms.filter(waits);
}
