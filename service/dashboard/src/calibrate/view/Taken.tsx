/** Of when the picture is, and what is wrong with its camera now: in the dashboard's words. */

import { dayText, durationText, momentText, offsetText } from "../../times";
import { AGE_WORTH_SAYING_S, cameraLost, faultsText } from "../../watch/shown";
import { words as dashboard } from "../../words";
import { LevelShape } from "../../view/LevelMark";
import { cameraSeen, nowS, shown, silentS, zone, type ShownPicture } from "../screen";
import { words } from "../words";

export function Taken() {
  return (
    <p class="taken">
      {shown.value && <span data-testid="taken">{takenText(shown.value)}</span>}
      <Fault />
    </p>
  );
}

function Fault() {
  const blind = blindNow();
  if (blind) return <strong data-level="unknown" data-testid="camera-fault"><LevelShape level="unknown" /> {blind}</strong>;
  const faults = cameraSeen.value && faultsText(cameraSeen.value);
  return faults ? <em data-testid="camera-fault">{faults}</em> : null;
}

function takenText({ from, width, height }: ShownPicture): string {
  const size = words.picture.size(width, height);
  if (from.kind === "file") return words.picture.ofFile(from.name, size);
  const atS = from.capturedS;
  const ageS = nowS.value - atS;
  const at = momentText(atS, dayText(nowS.value, zone.value), zone.value);
  return words.picture.taken(at, offsetText(atS, zone.value), ageS < AGE_WORTH_SAYING_S ? null : durationText(ageS), size);
}

/** Why nothing of the camera can be believed now; empty while it can. */
function blindNow(): string {
  if (silentS.value) return dashboard.cutOff.never(durationText(silentS.value));
  const lost = cameraSeen.value && cameraLost(cameraSeen.value, nowS.value);
  return lost ? dashboard.unknown.sentence(lost.reason) : "";
}
