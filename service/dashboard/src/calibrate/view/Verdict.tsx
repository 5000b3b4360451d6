/** What follows from what is drawn: where the camera hangs, whether the points agree, every fault. */

import type { GroundTried } from "../../api.gen";
import type { LayoutTried } from "../../messages";
import { measuredPlaces, pointMeant, type Draft } from "../draft";
import { complaint, draft, isCurrent, tried } from "../screen";
import { words } from "../words";

/** Root mean square distance, in picture widths: more than careful clicks leave. */
const DISAGREE = 0.003;
const LEAST_POINTS = 4;

export function Verdict() {
  const seen = tried.value;
  return (
    <section class="verdict" aria-live="polite" aria-busy={!isCurrent.value} data-testid="verdict">
      <h2>{words.verdict.headline}</h2>
      {complaint.value && <p class="wrong" role="alert">{complaint.value}</p>}
      {seen && isCurrent.value ? <Said seen={seen} /> : <p class="how">{words.verdict.looking}</p>}
    </section>
  );
}

function Said({ seen }: { seen: LayoutTried }) {
  const drawn = draft.value!;
  const measured = measuredPlaces(drawn).length;
  const unmeasured = drawn.points.length - measured;
  return (
    <>
      {unmeasured > 0 && <p data-testid="unmeasured">{words.verdict.unmeasured(unmeasured)}</p>}
      {seen.ground ? <Ground ground={seen.ground} drawn={drawn} /> : <p>{measured < LEAST_POINTS ? words.verdict.notYet : words.verdict.unsolved}</p>}
      {seen.faults.length + seen.warnings.length === 0 && <p data-testid="no-faults">{words.verdict.well}</p>}
      {seen.faults.length > 0 && (
        <>
          <h3>{words.verdict.faults}</h3>
          <ul data-testid="faults">{seen.faults.map(({ where, text }) => <li key={`${where} ${text}`}><code>{named(drawn, where)}</code> {text}</li>)}</ul>
        </>
      )}
      {seen.warnings.length > 0 && (
        <>
          <h3>{words.verdict.warnings}</h3>
          <ul data-testid="warnings">{seen.warnings.map((warning) => <li key={warning}>{warning}</li>)}</ul>
        </>
      )}
    </>
  );
}

/** A point by its number on the page; all else by its key in the site file. */
function named(drawn: Draft, where: string): string {
  const place = pointMeant(drawn, where);
  return place === null ? where : words.ground.point(place + 1);
}

function Ground({ ground, drawn }: { ground: GroundTried; drawn: Draft }) {
  return (
    <>
      <p data-testid="hangs">{words.verdict.hangs(ground.height_m, ground.tilt_deg)}</p>
      <p data-testid="agree">{agreement(ground, drawn)}</p>
      <p class="how">{words.verdict.paving(ground.step_m)}</p>
    </>
  );
}

function agreement({ reprojection_error_px: error, suspect }: GroundTried, drawn: Draft): string {
  if (error === null) return words.verdict.four;
  if (error <= DISAGREE * drawn.size[0]) return words.verdict.agree(error);
  const place = suspect === null ? undefined : measuredPlaces(drawn)[suspect];
  return words.verdict.disagree(error, place === undefined ? null : place + 1);
}
