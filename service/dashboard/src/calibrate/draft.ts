/** A layout as somebody draws it: pure, each change gives a new one. Pixels are those of `size`. */

import type { LayoutDraft, LayoutView } from "../messages";

export type Px = readonly [number, number];
export const KINDS = ["regions", "obstacles", "gates"] as const;
export type Kind = (typeof KINDS)[number];
type Rest = Readonly<Record<string, unknown>>;

export interface GroundPoint {
  readonly px: Px;
  /** Null while nobody has measured it. */
  readonly m: readonly [number | null, number | null];
}

export interface Shape {
  readonly kind: Kind;
  readonly id: string;
  /** Null where the site file has it in metres. */
  readonly corners: readonly Px[] | null;
  /** What else the site file says of it; `polygon_m` or `line_m`, too. */
  readonly rest: Rest;
}

export interface Draft {
  readonly size: readonly [number, number];
  readonly points: readonly GroundPoint[];
  /** Height of the heads, lens, reference. */
  readonly ground: Rest;
  readonly shapes: readonly Shape[];
}

/** What a click goes to: the ground's points, the shape of that place, or the tape. */
export type Chosen = "ground" | "tape" | number;

const DIGITS = 10;
const IN_PX: Readonly<Record<Kind, string>> = { regions: "polygon_px", obstacles: "polygon_px", gates: "line_px" };
const IN_M: Readonly<Record<Kind, string>> = { regions: "polygon_m", obstacles: "polygon_m", gates: "line_m" };
const FIRST_ID: Readonly<Record<Kind, string>> = { regions: "region", obstacles: "obstacle", gates: "gate" };
const ENDS = 2;

/** As the service has it. `size`: of the camera's picture, where the site file does not say. */
export function draftOf(layout: LayoutView, size: readonly [number, number]): Draft {
  const { points = [], ...ground } = layout.ground ?? {};
  return {
    size: layout.picture_size_px ?? size,
    points: points as GroundPoint[],
    ground,
    shapes: KINDS.flatMap((kind) => Object.entries(layout[kind] ?? {}).map(([id, told]) => shapeOf(kind, id, told))),
  };
}

function shapeOf(kind: Kind, id: string, told: Rest): Shape {
  const { [IN_PX[kind]]: corners = null, ...rest } = told;
  return { kind, id, corners: corners as readonly Px[] | null, rest };
}

/** As the service wants it. Points that nobody has measured yet are left out. */
export function layoutOf(draft: Draft, tape: readonly Px[] = []): LayoutDraft {
  const points = measuredPoints(draft);
  const told = (kind: Kind): Record<string, Record<string, unknown>> =>
    Object.fromEntries(draft.shapes.filter((shape) => shape.kind === kind).map((shape) => [shape.id, toldOf(shape)]));
  return {
    picture_size_px: [...draft.size],
    ground: points.length ? { points, ...draft.ground } : null,
    regions: told("regions"),
    obstacles: told("obstacles"),
    gates: told("gates"),
    measure_px: tape.length === ENDS ? [[...tape[0]!], [...tape[1]!]] : null,
  };
}

function toldOf({ kind, corners, rest }: Shape): Record<string, unknown> {
  return corners ? { ...rest, [IN_PX[kind]]: corners } : { ...rest };
}

export function measuredPoints(draft: Draft): GroundPoint[] {
  return measuredPlaces(draft).map((place) => draft.points[place]!);
}

/** Places of the points of which somebody has said where they lie: the service counts these alone. */
export function measuredPlaces(draft: Draft): number[] {
  return draft.points.flatMap(({ m }, place) => (m[0] !== null && m[1] !== null ? [place] : []));
}

/** What the service calls `ground.points[3].m` is a point with another number on the page, for some are left out. */
export function pointMeant(draft: Draft, where: string): number | null {
  const place = /^ground\.points\[(\d+)\]/.exec(where)?.[1];
  return place === undefined ? null : (measuredPlaces(draft)[Number(place)] ?? null);
}

/** A number as people write it, with a comma or a point; null for none, undefined for what is no number. */
export function numberIn(text: string): number | null | undefined {
  const told = text.trim().replace(",", ".");
  if (told === "") return null;
  return /^[-+]?(\d+\.?\d*|\.\d+)$/.test(told) ? Number(told) : undefined;
}

/** A tenth of a pixel, inside the picture. */
export function within(size: readonly [number, number], [x, y]: Px): Px {
  const kept = (value: number, most: number): number => Math.round(Math.min(Math.max(value, 0), most) * DIGITS) / DIGITS;
  return [kept(x, size[0]), kept(y, size[1])];
}

export function withPoint(draft: Draft, px: Px): Draft {
  return { ...draft, points: [...draft.points, { px: within(draft.size, px), m: [null, null] }] };
}

export function changedPoint(draft: Draft, place: number, change: Partial<GroundPoint>): Draft {
  const moved = change.px ? { ...change, px: within(draft.size, change.px) } : change;
  return { ...draft, points: draft.points.map((point, at) => (at === place ? { ...point, ...moved } : point)) };
}

export function withoutPoint(draft: Draft, place: number): Draft {
  return { ...draft, points: draft.points.filter((_point, at) => at !== place) };
}

/** The first four points as the corners of a rectangle, in the order in which they were set. */
export function asRectangle(draft: Draft, wide: number, deep: number): Draft {
  const corners = [[0, 0], [wide, 0], [wide, deep], [0, deep]] as const;
  return { ...draft, points: draft.points.map((point, at) => (at < corners.length ? { ...point, m: corners[at]! } : point)) };
}

/** `region-2` where there is a `region-1`. A gate leads into the first region, and one that led nowhere into this. */
export function withShape(draft: Draft, kind: Kind): Draft {
  const ids = new Set(draft.shapes.map((shape) => shape.id));
  let number = 1;
  while (ids.has(`${FIRST_ID[kind]}-${number}`)) number++;
  const into = draft.shapes.find((shape) => shape.kind === "regions")?.id ?? "";
  const rest = kind === "gates" ? { into } : {};
  const id = `${FIRST_ID[kind]}-${number}`;
  const led = (shape: Shape): Shape =>
    kind === "regions" && shape.kind === "gates" && !shape.rest["into"] ? { ...shape, rest: { ...shape.rest, into: id } } : shape;
  return { ...draft, shapes: [...draft.shapes.map(led), { kind, id, corners: [], rest }] };
}

export function changedShape(draft: Draft, place: number, change: Partial<Shape>): Draft {
  return { ...draft, shapes: draft.shapes.map((shape, at) => (at === place ? { ...shape, ...change } : shape)) };
}

/** Another id; gates that lead into it follow. An id that another shape of its kind has is refused: `null`. */
export function renamed(draft: Draft, place: number, id: string): Draft | null {
  const shape = draft.shapes[place]!;
  if (draft.shapes.some((other, at) => at !== place && other.kind === shape.kind && other.id === id)) return null;
  const follows = (other: Shape): Shape =>
    shape.kind === "regions" && other.kind === "gates" && other.rest["into"] === shape.id ? { ...other, rest: { ...other.rest, into: id } } : other;
  return changedShape({ ...draft, shapes: draft.shapes.map(follows) }, place, { id });
}

export function withoutShape(draft: Draft, place: number): Draft {
  return { ...draft, shapes: draft.shapes.filter((_shape, at) => at !== place) };
}

/** One that the file has in metres, from now on in the picture, where it was seen. */
export function inPicture(draft: Draft, place: number, corners: readonly Px[]): Draft {
  const { kind, rest } = draft.shapes[place]!;
  const { [IN_M[kind]]: _metres, ...kept } = rest;
  return changedShape(draft, place, { corners: corners.map((corner) => within(draft.size, corner)), rest: kept });
}

/** A corner more: where an outline is nearest to it; of a gate, the end that is nearer moves. */
export function withCorner(draft: Draft, place: number, px: Px): Draft {
  const { kind, corners } = draft.shapes[place]!;
  if (corners === null) return draft;
  const at = within(draft.size, px);
  return changedShape(draft, place, { corners: kind === "gates" ? withEnd(corners, at) : inserted(corners, at) });
}

export function movedCorner(draft: Draft, place: number, corner: number, px: Px): Draft {
  const corners = draft.shapes[place]!.corners?.map((old, at) => (at === corner ? within(draft.size, px) : old)) ?? null;
  return changedShape(draft, place, { corners });
}

export function withoutCorner(draft: Draft, place: number, corner: number): Draft {
  return changedShape(draft, place, { corners: draft.shapes[place]!.corners?.filter((_old, at) => at !== corner) ?? null });
}

/** Two ends; a third click moves the nearer. */
export function withEnd(ends: readonly Px[], px: Px): readonly Px[] {
  if (ends.length < ENDS) return [...ends, px];
  const nearer = distance(ends[0]!, px) <= distance(ends[1]!, px) ? 0 : 1;
  return ends.map((end, at) => (at === nearer ? px : end));
}

function inserted(corners: readonly Px[], px: Px): readonly Px[] {
  if (corners.length < 3) return [...corners, px];
  const gaps = corners.map((corner, at) => toEdge(px, corner, corners[(at + 1) % corners.length]!));
  const after = gaps.indexOf(Math.min(...gaps)) + 1;
  return [...corners.slice(0, after), px, ...corners.slice(after)];
}

function distance([x, y]: Px, [u, v]: Px): number {
  return Math.hypot(x - u, y - v);
}

/** From a point to the nearest point of an edge. */
function toEdge(point: Px, from: Px, to: Px): number {
  const [dx, dy] = [to[0] - from[0], to[1] - from[1]];
  const along = ((point[0] - from[0]) * dx + (point[1] - from[1]) * dy) / (dx * dx + dy * dy || 1);
  const share = Math.min(Math.max(along, 0), 1);
  return distance(point, [from[0] + share * dx, from[1] + share * dy]);
}
