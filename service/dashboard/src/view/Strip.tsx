/** The strip on top: where it is worst, the state of the system, the clock; under them what the system itself lacks. */

import { rankOf } from "../levels";
import { enlarge } from "../hands";
import { allRegions, cameraOnScreen, cardsInStrip, camerasOff, camerasSeen, camerasSimulated, camerasWatched, faults, moment, nowS, onPhone, site, slowMachines, worstRegions, zone } from "../screen";
import { timesText } from "../figures";
import { clockText, durationText, offsetText } from "../times";
import { regionKey } from "../watch/state";
import { peakDrives, severity, type Shown } from "../watch/shown";
import { words } from "../words";
import { Figure } from "./Figure";
import { Holds } from "./Hold";
import { LevelMark } from "./LevelMark";
import { Peak, Rate } from "./Plate";

const LINES_ON_PHONE = 3;

export function Strip() {
  return (
    <header class="strip">
      <Worst />
      <System />
      <Clock />
      {faults.value.map((fault) => <p key={fault} class="fault" data-testid="fault">{fault}</p>)}
      <SlowMachines />
    </header>
  );
}

function Worst() {
  return (
    <section class="worst" aria-label={words.strip.label} data-testid="strip">
      {worstRegions.value.length === 0 && site.value && <p>{words.strip.noRegions}</p>}
      {onPhone.value ? <Lines /> : <Cards />}
    </section>
  );
}

function Cards() {
  const regions = worstRegions.value;
  const room = cardsInStrip.value;
  const left = aboveClear(regions.slice(room));
  return (
    <>
      {regions.slice(0, room).map((shown) => <Card key={regionKey(shown)} shown={shown} />)}
      {left > 0 && <p class="left" data-testid="strip-more">{words.strip.more(left)}</p>}
    </>
  );
}

/** On a phone a line a region, its name in full: the worst, and all others on demand. One more line costs no more than to say so. */
function Lines() {
  const regions = worstRegions.value;
  const isLong = regions.length > LINES_ON_PHONE + 1;
  const isCut = isLong && !allRegions.value;
  const rest = isCut ? regions.slice(LINES_ON_PHONE) : [];
  return (
    <>
      <div class="lines">
        {regions.slice(0, regions.length - rest.length).map((shown) => <Card key={regionKey(shown)} shown={shown} />)}
      </div>
      {isLong && (
        <button type="button" data-testid="strip-more" aria-expanded={!isCut} onClick={() => (allRegions.value = isCut)}>
          {isCut ? words.strip.rest(rest.length, aboveClear(rest)) : words.strip.onlyWorst}
        </button>
      )}
    </>
  );
}

function aboveClear(regions: readonly Shown[]): number {
  return regions.filter((shown) => severity(shown) >= rankOf("notice")).length;
}

function Card({ shown }: { shown: Shown }) {
  const region = cameraOnScreen(shown.camera).camera.value?.regions.find((candidate) => candidate.region === shown.region);
  if (!region) return null;
  return (
    <button
      type="button"
      class="card"
      data-testid="strip-card"
      data-region={regionKey(shown)}
      data-level={shown.level}
      data-uncalibrated={shown.uncalibrated}
      title={shown.reason || words.strip.show(shown.name)}
      onClick={() => enlarge(shown.camera)}
    >
      <span class="card-head">
        <LevelMark level={shown.level} />
        <span class="name">{cardName(shown)}</span>
      </span>
      <span class="card-body">
        <Figure region={region} shown={shown} />
        <span class="card-side">
          {shown.held && <b class="held" data-testid="held" data-level={shown.held}>{words.unknown.was(shown.held)}</b>}
          {shown.uncalibrated && <span class="uncalibrated" data-testid="card-uncalibrated">{shown.reason}</span>}
          {shown.stale && shown.ageS !== null && <b data-testid="card-age">{words.region.age(durationText(shown.ageS))}</b>}
          {shown.sinceS !== null && <span>{words.region.lost(moment(shown.sinceS))}</span>}
          {shown.current && <Holds shown={shown} />}
          {shown.current && peakDrives(region) && <Peak region={region} />}
          <Rate shown={shown} />
        </span>
      </span>
    </button>
  );
}

/** The region's name, with its camera's before it where two regions go by the same. */
function cardName(shown: Shown): string {
  const isShared = worstRegions.value.some((other) => other.name === shown.name && other.camera !== shown.camera);
  const camera = cameraOnScreen(shown.camera).camera.value;
  return isShared && camera ? `${camera.name || camera.id}${words.between}${shown.name}` : shown.name;
}

function System() {
  const venue = site.value;
  if (!venue) return <section class="system" data-testid="system">{words.system.waiting}</section>;
  const all = camerasWatched.value;
  return (
    <section class="system" aria-label={words.system.label} data-testid="system">
      <h1>{venue.name || venue.id}</h1>
      <span data-bad={camerasSeen.value < all}>{all ? words.system.seen(camerasSeen.value, all) : words.system.noCameras}</span>
      {camerasOff.value > 0 && <span>{words.system.off(camerasOff.value)}</span>}
      {camerasSimulated.value > 0 && <span class="simulated">{words.system.simulated(camerasSimulated.value)}</span>}
    </section>
  );
}

/** Why figures come late, once for all cameras of a machine: beside each stands how often it is counted. */
function SlowMachines() {
  return (
    <>
      {slowMachines.value.map(({ worker, countedHz, askedHz }) => (
        <p key={worker} class="fault" data-testid="slow-machine">
          {words.system.slowMachine(worker, timesText(countedHz), timesText(askedHz))} <small>{words.system.slowMachineHint}</small>
        </p>
      ))}
    </>
  );
}

function Clock() {
  return (
    <section class="clock">
      <time data-testid="clock">{clockText(nowS.value, zone.value)}</time>
      <span>{words.system.zone(zone.value, offsetText(nowS.value, zone.value))}</span>
    </section>
  );
}
