/** From the address of the page to a drawing of what the site file has. */

import { batch, effect } from "@preact/signals";
import { cameraIds, cameraNow, enter, layoutOfCamera } from "../api";
import { tryLater } from "./asking";
import { draftOf } from "./draft";
import { keep, keptDraft } from "./keeping";
import { keepTime, listen } from "./listening";
import { showPreview, takePicture } from "./picture";
import { camera, cameraName, cameraSeen, changed, draft, otherCameras, past, restored, saved, signInNeeded, sizeIsKnown, stuck } from "./screen";
import { words } from "./words";

const USUAL_SIZE = [1920, 1080] as const;

async function load(): Promise<void> {
  if (!camera) {
    otherCameras.value = await cameraIds();
    return;
  }
  const answer = await layoutOfCamera(camera);
  if (!answer.ok) {
    if (answer.status === 401) signInNeeded.value = true;
    stuck.value = answer.status === 404 ? words.noSuchCamera(camera) : words.failed(answer.why);
    otherCameras.value = await cameraIds();
    return;
  }
  const seen = await cameraNow(camera);
  const { name = "", width_px = null, height_px = null } = seen.ok ? seen.value : {};
  batch(() => {
    const begun = draftOf(answer.value, width_px && height_px ? [width_px, height_px] : USUAL_SIZE);
    sizeIsKnown.value = answer.value.picture_size_px != null || (width_px !== null && height_px !== null);
    cameraName.value = name || camera;
    if (seen.ok) cameraSeen.value = seen.value;
    saved.value = JSON.stringify(begun);
    const kept = keptDraft();
    if (kept) past.value = [begun];
    draft.value = kept ?? begun;
    stuck.value = "";
    restored.value = kept !== null;
  });
  listen(showPreview);
  takePicture();
}

export async function signIn(password: string): Promise<string> {
  const refused = await enter(password);
  if (refused) return refused;
  signInNeeded.value = false;
  if (!draft.value) await load();
  else {
    listen(showPreview);
    tryLater();
  }
  return "";
}

function warnOfLoss(event: BeforeUnloadEvent): void {
  if (changed.value) event.preventDefault();
}

export function begin(): void {
  effect(() => tryLater());
  effect(keep);
  keepTime();
  addEventListener("beforeunload", warnOfLoss);
  void load();
}
