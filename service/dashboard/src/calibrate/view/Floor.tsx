/** The points of the floor: where they lie in metres. */

import { useSignal } from "@preact/signals";
import { asRectangle, changedPoint, withoutPoint, type GroundPoint } from "../draft";
import { change, draft, tried } from "../screen";
import { words } from "../words";
import { Head } from "./Head";

const RECTANGLE = 4;

export function Floor() {
  const points = draft.value!.points;
  return (
    <section data-testid="floor">
      <Head text={words.ground.headline} to="ground" />
      <p class="how">{words.ground.how}</p>
      {points.length > 0 && <ol class="points">{points.map((point, place) => <Point key={place} point={point} place={place} />)}</ol>}
      {points.length >= RECTANGLE && <Rectangle />}
      <HeadHeight />
    </section>
  );
}

function Point({ point, place }: { point: GroundPoint; place: number }) {
  const number = place + 1;
  const set = (axis: 0 | 1, text: string): void => {
    const value = text.trim() === "" ? null : Number(text);
    if (value !== null && !Number.isFinite(value)) return;
    change((before) => changedPoint(before, place, { m: axis === 0 ? [value, point.m[1]] : [point.m[0], value] }));
  };
  const off = tried.value?.ground?.reprojection_error_px != null ? tried.value.ground.residuals_px[place] : undefined;
  return (
    <li>
      <span class="number">{number}</span>
      <input type="number" step="any" aria-label={words.ground.x(number)} data-testid={`m-x-${number}`} value={point.m[0] ?? ""} onChange={(event) => set(0, event.currentTarget.value)} />
      <input type="number" step="any" aria-label={words.ground.y(number)} data-testid={`m-y-${number}`} value={point.m[1] ?? ""} onChange={(event) => set(1, event.currentTarget.value)} />
      <span class="unit">{words.ground.unit}</span>
      <span class="off">{off === undefined ? "" : words.ground.off(off)}</span>
      <button type="button" aria-label={words.ground.remove(number)} onClick={() => change((before) => withoutPoint(before, place))}>×</button>
    </li>
  );
}

function Rectangle() {
  const wide = useSignal("");
  const deep = useSignal("");
  const fits = Number(wide.value) > 0 && Number(deep.value) > 0;
  const apply = (event: Event): void => {
    event.preventDefault();
    if (fits) change((before) => asRectangle(before, Number(wide.value), Number(deep.value)));
  };
  return (
    <form class="rectangle" onSubmit={apply}>
      <span>{words.ground.rectangle}:</span>
      <label>{words.ground.wide} <input type="number" min="0" step="any" data-testid="rectangle-wide" value={wide.value} onInput={(event) => (wide.value = event.currentTarget.value)} /></label>
      <label>{words.ground.deep} <input type="number" min="0" step="any" data-testid="rectangle-deep" value={deep.value} onInput={(event) => (deep.value = event.currentTarget.value)} /></label>
      <span class="unit">{words.ground.unit}</span>
      <button type="submit" disabled={!fits} data-testid="rectangle-apply">{words.ground.apply}</button>
    </form>
  );
}

const USUAL_HEAD_M = 1.6;

function HeadHeight() {
  const told = draft.value!.ground["head_height_m"];
  const set = (text: string): void => {
    const value = Number(text);
    if (text.trim() !== "" && Number.isFinite(value)) change((before) => ({ ...before, ground: { ...before.ground, head_height_m: value } }));
  };
  return (
    <label class="field">
      {words.ground.heads}
      <input type="number" step="0.05" min="0.5" max="2.2" data-testid="head-height" value={typeof told === "number" ? told : USUAL_HEAD_M} onChange={(event) => set(event.currentTarget.value)} /> {words.ground.unit}
    </label>
  );
}
