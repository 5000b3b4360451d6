/** What the wall shows and how: size, following, pages, heat and its legend. */

import { useSignalEffect } from "@preact/signals";
import { useRef } from "preact/hooks";
import { FULL_SCALE_PER_M2, SCALE } from "../heat";
import { backToWall, setFollow, setWall, turnPage } from "../hands";
import { camerasAPage, enlarged, onPhone, settings, wall, wallOrder, wallSize } from "../screen";
import { WALL_SIZES } from "../watch/ranking";
import { words } from "../words";

export function Tools() {
  return (
    <nav class="tools" aria-label={words.tools.label}>
      {!onPhone.value && <WallChoice />}
      <Pages />
      <Heat />
    </nav>
  );
}

function WallChoice() {
  return (
    <>
      <span class="choice" role="group" aria-label={words.tools.wall}>
        {WALL_SIZES.map((size) => (
          <button key={size} type="button" data-testid={`wall-${size}`} aria-pressed={wallSize.value === size && enlarged.value === null} title={words.tools.cameras(size)} onClick={() => setWall(size)}>
            {size}
          </button>
        ))}
      </span>
      <label class="check">
        <input type="checkbox" data-testid="follow" checked={settings.follow.value} onChange={(event) => setFollow(event.currentTarget.checked)} />
        {words.tools.follow}
      </label>
    </>
  );
}

function Pages() {
  if (enlarged.value !== null) return <OfOne camera={enlarged.value} />;
  const { page, pages, cameras } = wall.value;
  if (pages < 2) return null;
  const from = page * camerasAPage.value + 1;
  return (
    <span class="choice">
      <button type="button" aria-label={words.tools.previous} disabled={page === 0} onClick={() => turnPage(-1)}>‹</button>
      <span class="shown-now" data-testid="page-shown">{words.tools.page(from, from + cameras.length - 1, wallOrder.value.length)}</span>
      <button type="button" aria-label={words.tools.next} disabled={page === pages - 1} onClick={() => turnPage(1)}>›</button>
    </span>
  );
}

/** With one camera enlarged: the way back, and to its calibration, beside the wall in a page of its own. */
function OfOne({ camera }: { camera: string }) {
  return (
    <span class="choice">
      <button type="button" data-testid="back" onClick={backToWall}>{words.tools.back}</button>
      <a href={`calibrate.html?camera=${encodeURIComponent(camera)}`} target="_blank" rel="noopener" data-testid="calibrate-link">{words.tools.calibrate}</a>
    </span>
  );
}

function Heat() {
  return (
    <span class="heat-tools">
      <label class="check">
        <input type="checkbox" data-testid="heat-toggle" checked={settings.heat.value} onChange={(event) => (settings.heat.value = event.currentTarget.checked)} />
        {words.tools.heat}
      </label>
      <input
        type="range"
        min="0.1"
        max="0.9"
        step="0.1"
        data-testid="heat-opacity"
        aria-label={words.tools.heatOpacity}
        title={words.tools.heatOpacity}
        disabled={!settings.heat.value}
        value={settings.heatOpacity.value}
        onInput={(event) => (settings.heatOpacity.value = Number(event.currentTarget.value))}
      />
      <Legend />
    </span>
  );
}

function Legend() {
  const canvas = useRef<HTMLCanvasElement>(null);
  useSignalEffect(() => {
    const pixels = new Uint8ClampedArray(SCALE.flatMap((colour) => [...colour, 255]));
    canvas.current?.getContext("2d")?.putImageData(new ImageData(pixels, SCALE.length), 0, 0);
  });
  return (
    <span class="legend" role="img" aria-label={words.tools.legend} data-testid="legend">
      0 <canvas ref={canvas} width={SCALE.length} height={1} /> {FULL_SCALE_PER_M2} <small>{words.perSquareMetre}</small>
    </span>
  );
}
