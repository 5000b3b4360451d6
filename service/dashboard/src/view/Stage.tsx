/** The picture of a camera with the density drawn over it by the browser: heat, outlines, and the figure under the pointer. */

import { useSignal, useSignalEffect, type Signal } from "@preact/signals";
import { useRef } from "preact/hooks";
import { drawBitmap, resize } from "../canvas";
import { densityText } from "../figures";
import { densityAt, heatPixels, type DensityGrid } from "../heat";
import type { CameraView, RegionView } from "../messages";
import { pictures, settings } from "../screen";
import type { Picture } from "../pictures";
import type { Shown } from "../watch/shown";
import { words } from "../words";
import { Gates } from "./Gates";
import { LevelShape } from "./LevelMark";

const USUAL_RATIO = 16 / 9;

interface Props {
  readonly camera: CameraView;
  readonly shown: readonly Shown[];
}

export function Stage({ camera, shown }: Props) {
  const picture = pictures.of(camera.id);
  const pointed = useSignal<readonly [number, number] | null>(null);
  const ratio = camera.width_px && camera.height_px ? camera.width_px / camera.height_px : USUAL_RATIO;
  const point = (event: PointerEvent): void => {
    const box = (event.currentTarget as Element).getBoundingClientRect();
    pointed.value = [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
  };
  return (
    <div class="stage" style={{ "--ratio": String(ratio) }} onPointerMove={point} onPointerLeave={() => (pointed.value = null)}>
      <PictureCanvas picture={picture} />
      <HeatCanvas picture={picture} />
      <Outlines regions={camera.regions} obstacles={camera.obstacles} shown={shown} />
      <Gates regions={camera.regions} shown={shown} ratio={ratio} />
      <UnderPointer picture={picture} pointed={pointed} />
    </div>
  );
}

function PictureCanvas({ picture }: { picture: Signal<Picture | null> }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useSignalEffect(() => {
    const now = picture.value;
    if (now && canvas.current) drawBitmap(canvas.current, now.bitmap);
  });
  return <canvas ref={canvas} class="picture" data-testid="picture" width={0} height={0} />;
}

function HeatCanvas({ picture }: { picture: Signal<Picture | null> }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useSignalEffect(() => {
    const grid = picture.value?.grid ?? null;
    if (canvas.current) drawHeat(canvas.current, settings.heat.value ? grid : null);
  });
  useSignalEffect(() => {
    canvas.current?.style.setProperty("opacity", String(settings.heatOpacity.value));
  });
  return <canvas ref={canvas} class="heat" data-testid="heat" width={0} height={0} />;
}

/** One pixel a cell; the browser stretches and smooths it over the picture. */
function drawHeat(canvas: HTMLCanvasElement, grid: DensityGrid | null): void {
  resize(canvas, grid?.columns ?? 0, grid?.rows ?? 0);
  if (grid) canvas.getContext("2d")?.putImageData(new ImageData(heatPixels(grid), grid.columns), 0, 0);
}

type Corners = readonly (readonly number[])[];

interface Outlined {
  readonly regions: readonly RegionView[];
  readonly obstacles: readonly Corners[];
  readonly shown: readonly Shown[];
}

function Outlines({ regions, obstacles, shown }: Outlined) {
  const outlined = regions.flatMap((region) => {
    const seen = shown.find((candidate) => candidate.region === region.region);
    const level = seen?.level ?? "unknown";
    return region.outline ? [{ region, outline: region.outline, level, uncalibrated: seen?.uncalibrated ?? false }] : [];
  });
  return (
    <>
      <svg class="outlines" viewBox="0 0 1 1" preserveAspectRatio="none" aria-hidden="true">
        {obstacles.map((corners) => (
          <polygon class="obstacle" points={pointsOf(corners)} />
        ))}
        {outlined.map(({ region, outline, level, uncalibrated }) => {
          const points = pointsOf(outline);
          return (
            <g key={region.region} data-level={level} data-uncalibrated={uncalibrated}>
              <polygon class="halo" points={points} />
              <polygon class="edge" points={points} />
            </g>
          );
        })}
      </svg>
      {outlined.length > 1 && outlined.map(({ region, outline, level }) => <Tag key={region.region} region={region} corner={topCorner(outline)} level={level} />)}
    </>
  );
}

function pointsOf(corners: Corners): string {
  return corners.map((corner) => corner.join(",")).join(" ");
}

function topCorner(outline: Corners): readonly number[] {
  return outline.reduce((top, corner) => (corner[1]! < top[1]! ? corner : top));
}

/** Which outline belongs to which plate: shape and name at the outline's top. */
function Tag({ region, corner, level }: { region: RegionView; corner: readonly number[]; level: Shown["level"] }) {
  const place = { left: `${Math.min(0.75, corner[0]!) * 100}%`, top: `${Math.min(0.9, corner[1]!) * 100}%` };
  return (
    <span class="tag" style={place}>
      <LevelShape level={level} /> {region.name || region.region}
    </span>
  );
}

function UnderPointer({ picture, pointed }: { picture: Signal<Picture | null>; pointed: Signal<readonly [number, number] | null> }) {
  if (!pointed.value) return null;
  const grid = picture.value?.grid;
  const density = grid ? densityAt(grid, ...pointed.value) : null;
  return (
    <output class="under-pointer" data-testid="pointer-density">
      {density === null ? words.camera.nothingUnderPointer : words.camera.underPointer(densityText(density))}
    </output>
  );
}
