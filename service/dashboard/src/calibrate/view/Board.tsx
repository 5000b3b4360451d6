/** The picture with everything that is drawn on it, what is to be known of the picture, and the tools. */

import { useRef } from "preact/hooks";
import { openPicture, takePicture } from "../picture";
import { LEAST_ZOOM, MOST_ZOOM, canUndo, draft, paving, people, pictureNote, restored, undo, zoom } from "../screen";
import { words } from "../words";
import { Sheet } from "./Sheet";
import { Taken } from "./Taken";

const ZOOM_STEP = 1.5;

export function Board() {
  return (
    <section class="board" aria-label={words.picture.label}>
      <Tools />
      <Taken />
      {restored.value && canUndo.value && <p class="note" role="status" data-testid="restored">{words.picture.kept}</p>}
      {pictureNote.value && <p class="note" role="status" data-testid="picture-note">{pictureNote.value}</p>}
      <div class="scroll">
        <Sheet drawn={draft.value!} />
      </div>
    </section>
  );
}

function Tools() {
  const file = useRef<HTMLInputElement>(null);
  const opened = (): void => {
    const one = file.current?.files?.[0];
    if (one) openPicture(one);
  };
  return (
    <div class="board-tools">
      <button type="button" data-testid="take-picture" onClick={takePicture}>{words.picture.live}</button>
      <button type="button" onClick={() => file.current?.click()}>{words.picture.file}</button>
      <input ref={file} type="file" accept="image/*" hidden data-testid="picture-file" onChange={opened} />
      <button type="button" disabled={zoom.value === LEAST_ZOOM} onClick={() => zoomBy(1 / ZOOM_STEP)}>{words.picture.zoomOut}</button>
      <button type="button" disabled={zoom.value === MOST_ZOOM} data-testid="closer" onClick={() => zoomBy(ZOOM_STEP)}>{words.picture.zoomIn}</button>
      <label class="check">
        <input type="checkbox" checked={paving.value} onChange={(event) => (paving.value = event.currentTarget.checked)} /> {words.picture.paving}
      </label>
      <label class="check">
        <input type="checkbox" checked={people.value} onChange={(event) => (people.value = event.currentTarget.checked)} /> {words.picture.people}
      </label>
      <button type="button" disabled={!canUndo.value} data-testid="undo" onClick={undo}>{words.picture.undo}</button>
    </div>
  );
}

function zoomBy(factor: number): void {
  zoom.value = Math.min(Math.max(zoom.value * factor, LEAST_ZOOM), MOST_ZOOM);
}
