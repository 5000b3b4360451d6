import { describe, expect, test } from "vitest";
import { FULL_SCALE_PER_M2, SCALE, colourOf, coverOf, densityAt, densityGrid, heatPixels, type Rgb } from "../src/heat";
import { oklab } from "./colour";

function difference(one: Rgb, other: Rgb): number {
  const [a, b] = [oklab(one), oklab(other)];
  return Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
}

describe("the scale", () => {
  const every16th = SCALE.filter((_, index) => index % 15 === 0);
  const steps = every16th.slice(1).map((colour, index) => difference(every16th[index]!, colour));

  test("is even to the eye: equal steps of density are equal steps of colour", () => {
    const mean = steps.reduce((sum, step) => sum + step) / steps.length;
    for (const step of steps) expect(Math.abs(step / mean - 1)).toBeLessThan(0.12);
  });

  test("grows lighter all the way, so that it survives grey-scale printing", () => {
    const lightness = every16th.map((colour) => oklab(colour)[0]);
    expect(lightness).toEqual([...lightness].sort((one, other) => one - other));
    expect(lightness.at(-1)! - lightness[0]!).toBeGreaterThan(0.5);
  });

  test("is grey where a square is quiet: no saturated colour below two people per m²", () => {
    for (const density of [0, 0.5, 1, 1.5, 1.9]) {
      const [, a, b] = oklab(colourOf(density));
      expect(Math.hypot(a, b)).toBeLessThan(0.06);
    }
  });

  test("is fixed from 0 to 8 and stays at its end beyond", () => {
    expect(FULL_SCALE_PER_M2).toBe(8);
    expect(colourOf(12)).toEqual(colourOf(8));
    expect(colourOf(-1)).toEqual(colourOf(0));
  });
});

test("empty ground is shown as it is, from one person per m² the colour covers in full", () => {
  expect([0, 0.5, 1, 6].map(coverOf)).toEqual([0, 0.5, 1, 1]);
});

describe("a grid", () => {
  const grid = densityGrid(new Uint8Array([0, 255, 51, 102]), 2, 2, 8)!;

  test("gives people per m² at a place of the picture", () => {
    expect(densityAt(grid, 0.75, 0.25)).toBe(8);
    expect(densityAt(grid, 0.25, 0.75)).toBeCloseTo(1.6);
  });

  test("knows nothing outside the picture", () => {
    expect(densityAt(grid, 1, 0.5)).toBeNull();
    expect(densityAt(grid, 0.5, -0.01)).toBeNull();
  });

  test("that has not the size it claims is none", () => {
    expect(densityGrid(new Uint8Array(5), 2, 2, 8)).toBeNull();
    expect(densityGrid(new Uint8Array(0), 0, 0, 8)).toBeNull();
  });

  test("is one pixel a cell, clear where nobody stands", () => {
    const pixels = heatPixels(grid);
    expect(pixels).toHaveLength(16);
    expect(pixels[3]).toBe(0);
    expect([...pixels.slice(4, 8)]).toEqual([...colourOf(8), 255]);
  });
});
