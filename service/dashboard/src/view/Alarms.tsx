/** The alarm list: what waits for somebody on top, the worst first; then what is acknowledged; then what is over. */

import { countText, densityText } from "../figures";
import { countdownText, epochS } from "../times";
import type { AlertView, RegionReading, RegionView } from "../messages";
import { acknowledgeGroup, enlarge, focusGroup, toggleSilence } from "../hands";
import { alarmGroups, cameraOnScreen, closedAlarms, complaint, groupInFocus, holdOfRow, horn, isUnseen, moment, regionOf, sending, silenceLeftS, silenced, site, waitingAlarms } from "../screen";
import { waitingOf, type AlarmGroup } from "../watch/groups";
import { levelSinceS, listedBecause, listedLevel, waits } from "../watch/ranking";
import { peakDrives } from "../watch/shown";
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
  const open = alarmGroups.value;
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
      {open.map((group) => <Row key={group.key} group={group} />)}
      {closed.map((alarm) => <Row key={alarm.alert_id} group={{ key: alarm.alert_id, alarms: [alarm] }} />)}
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

/** A region's alarms in one row: the worst that has not cleared, and what other rules say of the same crowd under it. */
function Row({ group }: { group: AlarmGroup }) {
  const [alarm, ...others] = group.alarms;
  const level = listedLevel(alarm);
  const at = moment(levelSinceS(alarm));
  const waiting = waitingOf(group).length > 0;
  const inFocus = groupInFocus.value?.key === group.key;
  return (
    <li
      class="row"
      data-testid="alert-row"
      data-alert={alarm.alert_id}
      data-group={group.key}
      data-level={level}
      data-state={alarm.state}
      data-waits={waiting}
      data-cleared={alarm.cleared_at !== null}
      data-focus={inFocus}
    >
      <button type="button" class="row-text" onFocus={() => focusGroup(group.key)} onClick={() => enlarge(alarm.camera)}>
        <time>{at}</time> <LevelMark level={level} />
        {words.between}
        <b class="title">{alarm.title}</b>
        {words.between}
        <span class="because">{words.alarms.because(at, listedBecause(alarm))}</span>
        {alarm.action && (
          <>
            {words.between}
            <span class="action">{alarm.action}</span>
          </>
        )}
        <Live alarm={alarm} />
        <HeldBy alarm={alarm} />
        <Fate alarm={alarm} />
      </button>
      {others.length > 0 && (
        <ul class="under">
          {others.map((other) => (
            <Under key={other.alert_id} alarm={other} action={other.action === alarm.action ? null : other.action} calls={waits(other) && !waits(alarm)} />
          ))}
        </ul>
      )}
      {waiting && <AcknowledgeButton group={group} inFocus={inFocus} />}
    </li>
  );
}

/** What another rule says of the same crowd. calls: it waits for somebody, which the one on top does not. */
function Under({ alarm, action, calls }: { alarm: AlertView; action: string | null; calls: boolean }) {
  const level = listedLevel(alarm);
  const at = moment(levelSinceS(alarm));
  return (
    <li data-testid="alert-under" data-alert={alarm.alert_id} data-level={level} data-state={alarm.state} data-waits={waits(alarm)}>
      <time>{at}</time> <LevelMark level={level} />
      {calls && <b data-testid="calls">{words.between}{words.alarms.notAcknowledged}</b>}
      {words.between}
      {listedBecause(alarm)}
      {action && <b>{words.between}{action}</b>}
      <HeldBy alarm={alarm} />
      <Fate alarm={alarm} />
    </li>
  );
}

/** How dense it is by now, for its words are of another moment; what holds it says that too. */
function Live({ alarm }: { alarm: AlertView }) {
  const shown = alarm.cleared_at || holdOfRow(alarm) ? null : regionOf(alarm);
  const region = shown && cameraOnScreen(shown.camera).camera.value?.regions.find((candidate) => candidate.region === shown.region);
  const text = region && shown.current && !shown.stale && nowText(region, shown.reading);
  return text ? <b class="live" data-testid="row-live">{text}</b> : null;
}

/** `now 4.9 people/m², peak 6.0`; people where density is not known. */
function nowText(region: RegionView, reading: RegionReading | null): string | null {
  if (!reading) return null;
  if (reading.density_per_m2 == null) return words.alarms.now(`${countText(reading.count)} ${words.people}`, null);
  const figure = `${densityText(reading.density_per_m2, region.thresholds)} ${words.perSquareMetre}`;
  return words.alarms.now(figure, peakDrives(region) ? densityText(reading.peak_density_per_m2!, region.thresholds) : null);
}

/** Why it is still here although its figure has fallen, and what ends it. */
function HeldBy({ alarm }: { alarm: AlertView }) {
  const held = holdOfRow(alarm);
  const said = held ? held.shown.reading && holdText(held.hold, held.shown.reading) : isUnseen(alarm) && words.hold.unseen;
  return said ? <span class="hold" data-testid="row-hold">{said}</span> : null;
}

/** What became of it: how dense it was, when it began if it has changed its level since, how often it came, who took it, its end. */
function Fate({ alarm }: { alarm: AlertView }) {
  const said = [
    alarm.simulated && words.alarms.simulated,
    alarm.cleared_at && alarm.highest_per_m2 !== null && words.alarms.highest(densityText(alarm.highest_per_m2)),
    levelSinceS(alarm) > epochS(alarm.raised_at) && words.alarms.raised(moment(epochS(alarm.raised_at))),
    alarm.occurrences > 1 && words.alarms.times(alarm.occurrences),
    alarm.acknowledged_at && words.alarms.acknowledgedBy(alarm.acknowledged_by ?? "?", moment(epochS(alarm.acknowledged_at))),
    alarm.cleared_at && words.alarms.cleared(moment(epochS(alarm.cleared_at))),
  ].filter((text) => typeof text === "string");
  return said.length ? <small class="fate">{said.join(words.between)}</small> : null;
}

function AcknowledgeButton({ group, inFocus }: { group: AlarmGroup; inFocus: boolean }) {
  const waiting = waitingOf(group);
  const busy = waiting.some((alarm) => sending.value.has(alarm.alert_id));
  const label = words.alarms.acknowledgeIt(group.alarms[0].title, waiting.length);
  return (
    <button type="button" class="acknowledge" data-testid="acknowledge" aria-label={busy ? undefined : label} disabled={busy} onClick={() => acknowledgeGroup(group)}>
      {busy ? words.alarms.acknowledging : words.alarms.acknowledge(waiting.length)} {inFocus && <kbd>A</kbd>}
    </button>
  );
}
