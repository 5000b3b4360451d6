/** The points of the floor: where they lie in metres. */

import { useSignal } from "@preact/signals";
import { asRectangle, changedPoint, measuredPlaces, withoutPoint, type GroundPoint } from "../draft";
import { change, changeFirst, draft, isCurrent, tried } from "../screen";
import { words } from "../words";
import { Head } from "./Head";
import { NumberField } from "./NumberField";

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
  const set = (axis: 0 | 1) => (value: number | null, first: boolean): void => {
    const now = draft.value!.points[place]!.m;
    changeFirst(first, (before) => changedPoint(before, place, { m: axis === 0 ? [value, now[1]] : [now[0], value] }));
  };
  const ground = isCurrent.value ? tried.value?.ground : null;
  const off = ground?.reprojection_error_px != null ? ground.residuals_px[measuredPlaces(draft.value!).indexOf(place)] : undefined;
  return (
    <li>
      <span class="number">{number}</span>
      <NumberField name={words.ground.x(number)} testId={`m-x-${number}`} value={point.m[0]} set={set(0)} />
      <NumberField name={words.ground.y(number)} testId={`m-y-${number}`} value={point.m[1]} set={set(1)} />
      <span class="unit">{words.ground.unit}</span>
      <span class="off">{off === undefined ? "" : words.ground.off(off)}</span>
      <button type="button" aria-label={words.ground.remove(number)} onClick={() => change((before) => withoutPoint(before, place))}>×</button>
    </li>
  );
}

function Rectangle() {
  const wide = useSignal<number | null>(null);
  const deep = useSignal<number | null>(null);
  const fits = (wide.value ?? 0) > 0 && (deep.value ?? 0) > 0;
  const apply = (event: Event): void => {
    event.preventDefault();
    if (fits) change((before) => asRectangle(before, wide.value!, deep.value!));
  };
  return (
    <form class="rectangle" onSubmit={apply}>
      <span>{words.ground.rectangle}:</span>
      <span>{words.ground.wide} <NumberField name={`${words.ground.rectangle}, ${words.ground.wide}`} testId="rectangle-wide" value={wide.value} set={(value) => (wide.value = value)} /></span>
      <span>{words.ground.deep} <NumberField name={`${words.ground.rectangle}, ${words.ground.deep}`} testId="rectangle-deep" value={deep.value} set={(value) => (deep.value = value)} /></span>
      <span class="unit">{words.ground.unit}</span>
      <button type="submit" disabled={!fits} data-testid="rectangle-apply">{words.ground.apply}</button>
    </form>
  );
}

const USUAL_HEAD_M = 1.6;

/** Left empty it is the usual one. */
function HeadHeight() {
  const { head_height_m: told = USUAL_HEAD_M, ...rest } = draft.value!.ground;
  const set = (value: number | null, first: boolean): void =>
    changeFirst(first, (before) => ({ ...before, ground: value === null ? rest : { ...rest, head_height_m: value } }));
  return (
    <div class="field">
      {words.ground.heads} <NumberField name={words.ground.heads} testId="head-height" value={typeof told === "number" ? told : null} set={set} /> {words.ground.unit}
    </div>
  );
}
