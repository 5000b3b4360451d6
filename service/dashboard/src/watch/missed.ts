/** What happened while the page was cut off: told once, in words, when it is back. */

import { levelOf, rankOf, type Level } from "../levels";
import type { AlertView } from "../messages";
import { epochS } from "../times";
import type { Watch } from "./state";

export interface Missed {
  readonly fromS: number;
  readonly toS: number;
  readonly raised: readonly AlertView[];
  readonly higher: readonly AlertView[];
  readonly ended: readonly AlertView[];
  readonly acknowledged: readonly AlertView[];
}

/**
 * before: what the page knew when it was cut off. after: the first snapshot since.
 * recent: alerts that the service has on record, newest first; those that came and went meanwhile stand only there.
 */
export function missed(before: Watch, after: Watch, recent: readonly AlertView[], fromS: number, toS: number): Missed {
  const now = new Map([...recent, ...Object.values(after.alerts)].map((alert) => [alert.alert_id, alert]));
  const known = Object.values(before.alerts);
  const fresh = [...now.values()].filter((alert) => !(alert.alert_id in before.alerts));
  const later = (alert: AlertView): AlertView => now.get(alert.alert_id) ?? alert;
  const isOpen = (alert: AlertView): boolean => alert.alert_id in after.alerts;
  return {
    fromS,
    toS,
    raised: fresh.filter((alert) => epochS(alert.raised_at) >= fromS || isOpen(alert)),
    higher: known.filter((alert) => isOpen(alert) && rise(alert, later(alert)) > 0).map(later),
    ended: known.filter((alert) => !isOpen(alert) || (!alert.cleared_at && later(alert).cleared_at)).map(later),
    acknowledged: known.filter((alert) => !alert.acknowledged_at && later(alert).acknowledged_at).map(later),
  };
}

function rise(from: AlertView, to: AlertView): number {
  return rankOf(listed(to)) - rankOf(listed(from));
}

function listed(alert: AlertView): Level {
  return levelOf(alert.level);
}

export function missedNothing(what: Missed): boolean {
  return what.raised.length + what.higher.length + what.ended.length + what.acknowledged.length === 0;
}
