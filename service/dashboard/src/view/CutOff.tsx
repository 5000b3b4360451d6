/** Across the top when the page is cut off; and, once it is back, what it missed. */

import { attempt, cutOff, heardAtS, missedWhileAway, moment, silentS, site } from "../screen";
import { levelOf } from "../levels";
import { durationText, epochS } from "../times";
import { missedNothing, type Missed } from "../watch/missed";
import { words } from "../words";

export function CutOff() {
  if (!cutOff.value) return null;
  const duration = durationText(silentS.value);
  const since = heardAtS.value;
  const never = site.value === null || since === null;
  return (
    <div class="cut-off" role="alert" data-testid="cut-off">
      <strong>{never ? words.cutOff.never(duration) : words.cutOff.lost(duration, moment(since))}</strong>
      {!never && <span> {words.cutOff.attempt(attempt.value)}</span>}
    </div>
  );
}

export function MissedWhileAway() {
  const what = missedWhileAway.value;
  if (!what || cutOff.value) return null;
  return (
    <div class="missed" role="status" data-testid="missed">
      <strong>{words.missed.headline(moment(what.fromS), moment(what.toS), durationText(what.toS - what.fromS))}</strong>
      <ul>
        {missedNothing(what) && <li>{words.missed.nothing}</li>}
        {sentences(what).map((sentence) => <li key={sentence}>{sentence}</li>)}
      </ul>
      <button type="button" data-testid="missed-dismiss" onClick={() => (missedWhileAway.value = null)}>{words.missed.dismiss}</button>
    </div>
  );
}

function sentences(what: Missed): string[] {
  return [
    ...what.raised.map((alarm) => words.missed.raised(moment(epochS(alarm.raised_at)), levelOf(alarm.highest_level), alarm.title)),
    ...what.higher.map((alarm) => words.missed.higher(levelOf(alarm.level), alarm.title)),
    ...what.acknowledged.map((alarm) => words.missed.acknowledged(alarm.title, alarm.acknowledged_by ?? "?")),
    ...what.ended.map((alarm) => words.missed.ended(alarm.title)),
  ];
}
