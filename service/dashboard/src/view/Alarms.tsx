/** The alarm list: what waits for somebody on top, the worst first; then what is acknowledged; then what is over. */

import { countdownText, epochS } from "../times";
import type { AlertView } from "../messages";
import { acknowledgeAlarm, enlarge, focusAlarm, toggleSilence } from "../hands";
import { alarmInFocus, alarms, closedAlarms, complaint, holdOfRow, horn, isUnseen, moment, sending, silenceLeftS, silenced, site, waitingAlarms } from "../screen";
import { levelSinceS, listedLevel, waits } from "../watch/ranking";
import { words } from "../words";
import { holdText } from "./Hold";
import { LevelMark } from "./LevelMark";
import { Yours } from "./Yours";

export function Alarms() {
  const waiting = waitingAlarms.value.length;
  return (
    <aside class="alarms" aria-label={words.alarms.label} data-testid="alarms">
      <header>
        <h2>{words.alarms.label}</h2>
        <span class="waiting-count" data-waiting={waiting > 0}>{words.alarms.unacknowledged(waiting)}</span>
        <Sound />
      </header>
      {complaint.value && <p class="complaint" role="status" data-testid="complaint">{complaint.value}</p>}
      <List />
      <Yours />
    </aside>
  );
}

function Sound() {
  if (!horn.armed.value) return <button type="button" class="sound off" data-testid="sound-off" onClick={() => void horn.arm()}>{words.sound.off}</button>;
  return (
    <span class="sound">
      {words.sound.on}
      <button type="button" data-testid="silence" aria-pressed={silenced.value} onClick={toggleSilence}>
        {silenced.value ? words.sound.silent(countdownText(silenceLeftS.value)) : words.sound.silence}
      </button>
      <button type="button" data-testid="sound-test" title={words.sound.testLabel} onClick={testSound}>{words.sound.test}</button>
    </span>
  );
}

function testSound(): void {
  horn.play("alert");
  setTimeout(() => horn.play("critical"), 1000);
}

function List() {
  const open = alarms.value;
  const closed = closedAlarms.value;
  if (open.length + closed.length === 0 && site.value) {
    return (
      <p class="none" data-testid="no-alarms">
        {words.alarms.none} <small>{words.alarms.noneHint}</small>
      </p>
    );
  }
  return (
    <ol class="rows" data-own-arrows onKeyDown={moveFocus}>
      {open.map((alarm) => <Row key={alarm.alert_id} alarm={alarm} />)}
      {closed.map((alarm) => <Row key={alarm.alert_id} alarm={alarm} />)}
    </ol>
  );
}

/** Up and down move between the alarms; the one reached is the one that `A` acknowledges. */
function moveFocus(event: KeyboardEvent): void {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step === undefined || !(event.currentTarget instanceof Element)) return;
  const rows = [...event.currentTarget.querySelectorAll<HTMLElement>(".row-text")];
  const place = rows.findIndex((row) => row.closest(".row")?.contains(document.activeElement) ?? false);
  rows[place + step]?.focus();
  event.preventDefault();
}

function Row({ alarm }: { alarm: AlertView }) {
  const level = listedLevel(alarm);
  const at = moment(levelSinceS(alarm));
  const waiting = waits(alarm);
  const inFocus = alarmInFocus.value?.alert_id === alarm.alert_id;
  return (
    <li
      class="row"
      data-testid="alert-row"
      data-alert={alarm.alert_id}
      data-level={level}
      data-state={alarm.state}
      data-waits={waiting}
      data-cleared={alarm.cleared_at !== null}
      data-focus={inFocus}
    >
      <button type="button" class="row-text" onFocus={() => focusAlarm(alarm.alert_id)} onClick={() => enlarge(alarm.camera)}>
        <time>{at}</time> <LevelMark level={level} />
        {words.between}
        <b class="title">{alarm.title}</b>
        {words.between}
        <span class="because">{words.alarms.because(at, alarm.because)}</span>
        {alarm.action && (
          <>
            {words.between}
            <span class="action">{alarm.action}</span>
          </>
        )}
        <HeldBy alarm={alarm} />
        <Fate alarm={alarm} />
      </button>
      {waiting && <AcknowledgeButton alarm={alarm} inFocus={inFocus} />}
    </li>
  );
}

/** Why it is still here although its figure has fallen, and what ends it. */
function HeldBy({ alarm }: { alarm: AlertView }) {
  const held = holdOfRow(alarm);
  const said = held ? held.shown.reading && holdText(held.hold, held.shown.reading) : isUnseen(alarm) && words.hold.unseen;
  return said ? <span class="hold" data-testid="row-hold">{said}</span> : null;
}

/** What became of it: when it began if it has changed its level since, how often it came, who took it, when it ended. */
function Fate({ alarm }: { alarm: AlertView }) {
  const said = [
    alarm.simulated && words.alarms.simulated,
    levelSinceS(alarm) > epochS(alarm.raised_at) && words.alarms.raised(moment(epochS(alarm.raised_at))),
    alarm.occurrences > 1 && words.alarms.times(alarm.occurrences),
    alarm.acknowledged_at && words.alarms.acknowledgedBy(alarm.acknowledged_by ?? "?", moment(epochS(alarm.acknowledged_at))),
    alarm.cleared_at && words.alarms.cleared(moment(epochS(alarm.cleared_at))),
  ].filter((text) => typeof text === "string");
  return said.length ? <small class="fate">{said.join(words.between)}</small> : null;
}

function AcknowledgeButton({ alarm, inFocus }: { alarm: AlertView; inFocus: boolean }) {
  const busy = sending.value.has(alarm.alert_id);
  return (
    <button type="button" class="acknowledge" data-testid="acknowledge" aria-label={busy ? undefined : words.alarms.acknowledgeIt(alarm.title)} disabled={busy} onClick={() => acknowledgeAlarm(alarm.alert_id)}>
      {busy ? words.alarms.acknowledging : words.alarms.acknowledge} {inFocus && <kbd>A</kbd>}
    </button>
  );
}
