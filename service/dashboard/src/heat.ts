/** Density over the picture: a fixed scale of 0 to 8 people per m², even to the eye, and the grid that it colours. */

export const FULL_SCALE_PER_M2 = 8;
/** Below this the ground is shown as it is; the scale fades in up to one person per m². */
const FADE_IN_PER_M2 = 1;

type Lab = readonly [lightness: number, a: number, b: number];
export type Rgb = readonly [red: number, green: number, blue: number];

/**
 * Stations of the scale as OKLCH (lightness, chroma, hue in degrees): greys of slate up to two people per m², where a
 * square is merely full; then rose, orange and pale sand. A quiet picture stays as grey as the page.
 */
const STATIONS: readonly (readonly [number, number, number])[] = [
  [0.32, 0.02, 265],
  [0.52, 0.04, 285],
  [0.6, 0.17, 350],
  [0.7, 0.17, 35],
  [0.82, 0.14, 70],
  [0.95, 0.07, 100],
];

function labOf([lightness, chroma, hue]: readonly [number, number, number]): Lab {
  const angle = (hue * Math.PI) / 180;
  return [lightness, chroma * Math.cos(angle), chroma * Math.sin(angle)];
}

/** A place on the smooth curve (Catmull-Rom) through the stations; `at` counts stations from 0. */
function onCurve(stations: readonly Lab[], at: number): Lab {
  const leg = Math.min(stations.length - 2, Math.floor(at));
  const t = at - leg;
  const [before, from, to, after] = [leg - 1, leg, leg + 1, leg + 2].map((index) => stations[Math.min(stations.length - 1, Math.max(0, index))]!) as [Lab, Lab, Lab, Lab];
  const axis = (k: 0 | 1 | 2): number =>
    0.5 * (2 * from[k] + (to[k] - before[k]) * t + (2 * before[k] - 5 * from[k] + 4 * to[k] - after[k]) * t ** 2 + (3 * from[k] - before[k] - 3 * to[k] + after[k]) * t ** 3);
  return [axis(0), axis(1), axis(2)];
}

function distance(one: Lab, other: Lab): number {
  return Math.hypot(one[0] - other[0], one[1] - other[1], one[2] - other[2]);
}

/** sRGB (0 to 255) of an OKLab colour, after Ottosson (2020). */
function rgbOf([lightness, a, b]: Lab): Rgb {
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  const linear = [
    4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
    -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
    -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s,
  ];
  return linear.map(encoded) as unknown as Rgb;
}

function encoded(linear: number): number {
  const clipped = Math.min(1, Math.max(0, linear));
  const value = clipped <= 0.0031308 ? 12.92 * clipped : 1.055 * clipped ** (1 / 2.4) - 0.055;
  return Math.round(255 * value);
}

/** `steps` colours from 0 to the full scale, each as far from the last as the next: even steps in OKLab. */
function evenScale(steps: number): readonly Rgb[] {
  const stations = STATIONS.map(labOf);
  const fine = Array.from({ length: 2001 }, (_, index) => onCurve(stations, ((stations.length - 1) * index) / 2000));
  const along = fine.map(() => 0);
  for (let index = 1; index < fine.length; index++) along[index] = along[index - 1]! + distance(fine[index - 1]!, fine[index]!);
  const whole = along.at(-1)!;
  return Array.from({ length: steps }, (_, step) => {
    const place = along.findIndex((length) => length >= (whole * step) / (steps - 1) - 1e-9);
    return rgbOf(fine[place]!);
  });
}

export const SCALE: readonly Rgb[] = evenScale(256);

/** The colour of a density; above the full scale it stays at the last one. */
export function colourOf(densityPerM2: number): Rgb {
  const share = Math.min(1, Math.max(0, densityPerM2 / FULL_SCALE_PER_M2));
  return SCALE[Math.round(share * (SCALE.length - 1))]!;
}

/** How much of the picture the colour hides, 0 to 1: nothing on empty ground, all of it from one person per m². */
export function coverOf(densityPerM2: number): number {
  return Math.min(1, Math.max(0, densityPerM2 / FADE_IN_PER_M2));
}

/** People per m² over the whole picture, row by row: value v is `v / 255 * fullScale`. */
export interface DensityGrid {
  readonly values: Uint8Array;
  readonly rows: number;
  readonly columns: number;
  readonly fullScale: number;
}

/** The grid of a preview, or null where there is none or it does not have the size that it claims. */
export function densityGrid(values: Uint8Array, rows: number, columns: number, fullScale: number): DensityGrid | null {
  const whole = rows > 0 && columns > 0 && values.length === rows * columns && fullScale > 0;
  return whole ? { values, rows, columns, fullScale } : null;
}

/** People per m² at a place of the picture (0 to 1 across, 0 to 1 down); null outside. */
export function densityAt(grid: DensityGrid, across: number, down: number): number | null {
  if (!(across >= 0 && across < 1 && down >= 0 && down < 1)) return null;
  const cell = Math.floor(down * grid.rows) * grid.columns + Math.floor(across * grid.columns);
  return (grid.values[cell]! / 255) * grid.fullScale;
}

/** The 256 colours of a grid's values as RGBA bytes; kept by full scale, for there is one in practice. */
const tables = new Map<number, Uint8ClampedArray>();

function colourTable(fullScale: number): Uint8ClampedArray {
  let table = tables.get(fullScale);
  if (!table) {
    table = new Uint8ClampedArray(256 * 4);
    for (let value = 0; value < 256; value++) {
      const density = (value / 255) * fullScale;
      table.set([...colourOf(density), 255 * coverOf(density)], value * 4);
    }
    tables.set(fullScale, table);
  }
  return table;
}

/** RGBA bytes of the grid, one pixel a cell, to be stretched over the picture. */
export function heatPixels(grid: DensityGrid): Uint8ClampedArray<ArrayBuffer> {
  const table = new Uint32Array(colourTable(grid.fullScale).buffer);
  const pixels = new Uint32Array(grid.values.length);
  for (let cell = 0; cell < pixels.length; cell++) pixels[cell] = table[grid.values[cell]!]!;
  return new Uint8ClampedArray(pixels.buffer);
}
