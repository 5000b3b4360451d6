/** Every sentence of the page on which a camera is calibrated. */

import type { Kind } from "./draft";

const ONE: Readonly<Record<Kind, string>> = { regions: "Region", obstacles: "Obstacle", gates: "Gate" };
const percent = (share: number): string => `${Math.round(share * 100)} %`;
const metres = (value: number): string => `${value.toFixed(2)} m`;

export const words = {
  title: (camera: string) => `Calibrate ${camera}`,
  back: "Dashboard",
  noCamera: "Which camera?",
  noNumber: "not a number",
  noSuchCamera: (camera: string) => `There is no camera ${camera} in the site file.`,
  failed: (why: string) => `Not tried: ${why}`,
  loading: "Waiting for the service",

  picture: {
    label: "Picture of the camera",
    waiting: "Waiting for a picture of the camera. None comes? Open a file.",
    onlySmall: "Only a small picture comes: the worker gives none in the camera's own size. For finer points open a file.",
    /** at: a moment of the site; age: null while it is not worth saying; size: as the picture came. */
    taken: (at: string, zone: string, age: string | null, size: string) => [`Taken at ${at} (${zone})`, age && `${age} old`, size].filter(Boolean).join(", "),
    ofFile: (name: string, size: string) => `${name}, ${size}`,
    size: (wide: number, high: number) => `${wide} x ${high} pixels`,
    none: "No picture has come. Open a file: one of the camera's own, or what `crushwatch reference` wrote.",
    live: "Another picture",
    file: "Open a file",
    unreadable: "That file is no picture that this browser reads.",
    kept: "What you drew here before is back. Undo brings what the site file has.",
    otherShape: (wide: number, high: number, size: readonly [number, number]) =>
      `This picture has ${wide} x ${high} pixels, the layout was drawn in ${size[0]} x ${size[1]}: another shape. Is it this camera's?`,
    zoomIn: "Closer",
    zoomOut: "Farther",
    paving: "Paving",
    people: "People",
    undo: "Undo",
  },

  ground: {
    headline: "Floor",
    how: "Click four or more points on the floor, far apart, no three on a line. Then write where they lie, in metres, in any flat frame: a tape, a plan, a map.",
    point: (number: number) => `Point ${number}`,
    x: (number: number) => `Point ${number}: metres to the right`,
    y: (number: number) => `Point ${number}: metres ahead`,
    remove: (number: number) => `Remove point ${number}`,
    rectangle: "Points 1 to 4 are a rectangle",
    wide: "from 1 to 2",
    deep: "from 2 to 3",
    apply: "Set",
    unit: "m",
    heads: "Height of heads",
    off: (px: number) => `${px.toFixed(1)} px off`,
  },

  shapes: {
    headline: { regions: "Regions", obstacles: "Obstacles", gates: "Gates" } satisfies Readonly<Record<Kind, string>>,
    how: {
      regions: "Around the feet, on the floor.",
      obstacles: "Where nobody can stand: around their foot.",
      gates: "Two ends on the floor; who passes into the region comes in.",
    } satisfies Readonly<Record<Kind, string>>,
    add: { regions: "Add a region", obstacles: "Add an obstacle", gates: "Add a gate" } satisfies Readonly<Record<Kind, string>>,
    id: "Id",
    taken: (id: string) => `${id}: another has this id`,
    standing: "people stand here",
    moving: "people walk through",
    kind: "Kind",
    into: "Leads into",
    remove: (id: string) => `Remove ${id}`,
    corner: (id: string, number: number) => `${id}: corner ${number}`,
    draw: "Draw in the picture",
    inMetres: "given in metres",
    one: (kind: Kind) => ONE[kind],
    area: (m2: number, within: number | null) => `${m2.toFixed(1)} m²${within === null ? "" : `, densities within ${percent(within)} as far as the floor goes`}`,
  },

  tape: {
    headline: "Tape",
    how: "Click two points of the floor whose distance you know: a kerb, a parked car, a door. If it is not right here, a point is wrong.",
    measured: (m: number) => `${metres(m)} apart`,
    none: "one of them lies above the horizon",
    end: (number: number) => `Tape: end ${number}`,
  },

  verdict: {
    headline: "Is it right?",
    notYet: "Four points with their metres are needed.",
    unmeasured: (count: number) => `${count === 1 ? "One point has" : `${count} points have`} no metres yet and ${count === 1 ? "is" : "are"} left out.`,
    unsolved: "No floor follows from these points: see below.",
    looking: "Looking at it …",
    hangs: (height: number, tilt: number) => `The camera then hangs ${height.toFixed(1)} m above the floor and looks down by ${tilt.toFixed(0)}°. If that is not where it hangs, a point is wrong.`,
    four: "Four points are always met exactly: they do not say how good they are. A fifth does.",
    agree: (px: number) => `The points agree within ${px.toFixed(1)} px.`,
    disagree: (px: number, worst: number | null) => `The points are ${px.toFixed(1)} px apart${worst === null ? "" : `; without point ${worst} they would agree`}. One of them is wrong.`,
    paving: (step: number) => `Lines every ${step} m should run along the paving; people should be as tall as those who stand there.`,
    well: "No faults.",
    faults: "To be mended",
    warnings: "Worth knowing",
  },

  excerpt: {
    headline: "For the site file",
    how: (camera: string) => `Below cameras: ${camera}: in the place of the same keys. The watch takes it up when the file is saved.`,
    copy: "Copy",
    copied: "Copied",
    notCopied: "Not copied: select the text and copy it.",
    faulty: "It stands here once there are no faults.",
    unchanged: "As the site file has it.",
  },
};
