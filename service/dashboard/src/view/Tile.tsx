/** One camera of the wall: its picture, what is wrong with it, and the plates of its regions. */

import { useComputed } from "@preact/signals";
import type { RefObject } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { countText, densityText, timesText } from "../figures";
import { rankOf } from "../levels";
import type { CameraView } from "../messages";
import { choose, enlarge, setInView } from "../hands";
import { adviceFor, cameraOnScreen, chosen, enlarged, moment, nowS, order, pictures, waitingAlarms, wallSize } from "../screen";
import { durationText, epochS } from "../times";
import { cameraLost, faultsText, isDegraded, levelTogether, severity, type Shown } from "../watch/shown";
import { words } from "../words";
import { Plate } from "./Plate";
import { Stage } from "./Stage";

/** Plates that a tile of each wall has room for, a single one by scrolling; the worst regions come first, so what is left out is never worse. */
const PLATES = { 1: Infinity, 4: 2, 9: 1, 16: 1 } as const;
/** A picture older than this although the camera is well: previews have stopped, and it must not pass for live. */
const PICTURE_OLD_S = 5;

export function Tile({ id }: { id: string }) {
  const onScreen = cameraOnScreen(id);
  const camera = onScreen.camera.value;
  const element = useInView(id);
  const isChosen = useComputed(() => chosen.value === id).value;
  if (!camera) return null;
  const shown = onScreen.shown.value;
  const lost = cameraLost(camera, nowS.value);
  const level = lost && !shown.length ? "unknown" : levelTogether(shown);
  const isUncalibrated = level === "unknown" && !lost && shown.every((region) => region.current);
  const number = order.value.indexOf(id) + 1;
  return (
    <article
      ref={element}
      class="tile"
      data-testid="camera-tile"
      data-camera={id}
      data-level={level}
      data-uncalibrated={isUncalibrated}
      data-lost={lost !== null}
      data-chosen={isChosen}
      data-waits={waitingAlarms.value.some((alarm) => alarm.camera === id && rankOf(level) > 0)}
      aria-label={words.camera.number(number, camera.name || id)}
      tabIndex={0}
      onFocus={() => choose(id)}
      onClick={() => choose(id)}
      onDblClick={() => enlarge(id)}
    >
      <div class="frame">
        <Stage camera={camera} shown={shown} />
        <Nameplate camera={camera} number={number} />
        <PictureState camera={camera} shown={shown} lost={lost?.reason ?? null} />
      </div>
      <Plates camera={camera} shown={shown} />
    </article>
  );
}

/** The element whose being in view is noted for the camera, half a phone's height early. */
function useInView(id: string): RefObject<HTMLElement | null> {
  const element = useRef<HTMLElement>(null);
  useEffect(() => {
    if (!element.current) return;
    const eye = new IntersectionObserver((seen) => setInView(id, seen.at(-1)!.isIntersecting), { rootMargin: "400px 0px" });
    eye.observe(element.current);
    return () => {
      eye.disconnect();
      setInView(id, true);
    };
  }, [id]);
  return element;
}

function Nameplate({ camera, number }: { camera: CameraView; number: number }) {
  return (
    <header class="nameplate">
      <kbd>{number}</kbd> {camera.name || camera.id}
      <Faults camera={camera} />
      <Degraded camera={camera} />
      {camera.simulated && <em class="simulated" data-testid="simulated">{words.camera.simulated}</em>}
    </header>
  );
}

function Faults({ camera }: { camera: CameraView }) {
  const said = faultsText(camera);
  return said ? <span class="camera-faults" data-testid="camera-faults">{said}</span> : null;
}

/** That fewer frames are counted than the site asks for: the worker is too slow, or the camera sends too few. */
function Degraded({ camera }: { camera: CameraView }) {
  if (!isDegraded(camera, nowS.value)) return null;
  const said = words.camera.degraded(timesText(camera.analysed_rate_hz), timesText(camera.asked_rate_hz));
  return <span class="camera-faults" data-testid="camera-degraded">{said}</span>;
}

/** What lies across a picture that is not live: why, the last figure, what to do. */
function PictureState({ camera, shown, lost }: { camera: CameraView; shown: readonly Shown[]; lost: string | null }) {
  const picture = pictures.of(camera.id).value;
  const ageS = picture ? nowS.value - picture.capturedS : null;
  if (lost) return <Across headline={words.unknown.sentence(lost)} more={isFault(camera) ? [lastFigure(shown), adviceFor(camera)] : []} />;
  if (ageS === null) return <p class="waiting">{words.camera.waiting}</p>;
  if (ageS < PICTURE_OLD_S) return null;
  return <Across headline={words.camera.pictureAge(durationText(ageS))} more={[]} />;
}

/** Whether somebody should go and look: a camera that starts, or that was switched off, is as it should be. */
function isFault(camera: CameraView): boolean {
  return camera.state !== "starting" && camera.state !== "off";
}

function Across({ headline, more }: { headline: string; more: readonly string[] }) {
  return (
    <div class="across" data-testid="lost">
      <p>
        <strong>{headline}</strong>
        {more.filter(Boolean).map((sentence) => <span key={sentence}> {sentence}</span>)}
      </p>
    </div>
  );
}

function lastFigure(shown: readonly Shown[]): string {
  const reading = shown.find((region) => region.reading)?.reading;
  if (!reading) return "";
  const at = moment(epochS(reading.captured_at));
  const density = reading.density_per_m2 ?? null;
  return density === null ? words.region.lastCount(countText(reading.count), at) : words.region.lastFigure(densityText(density), at);
}

function Plates({ camera, shown }: { camera: CameraView; shown: readonly Shown[] }) {
  const plates = camera.regions.map((region, index) => ({ region, shown: shown[index]! }));
  const worstFirst = plates.sort((one, other) => severity(other.shown) - severity(one.shown));
  const room = PLATES[wallSize.value];
  const hidden = plates.length - room;
  return (
    <div class="plates" data-count={Math.min(room, plates.length)}>
      {worstFirst.slice(0, room).map(({ region, shown }) => <Plate key={region.region} region={region} shown={shown} />)}
      {hidden > 0 && enlarged.value === null && <span class="hidden-regions">{words.region.more(hidden)}</span>}
    </div>
  );
}
