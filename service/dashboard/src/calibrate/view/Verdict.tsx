/** What follows from what is drawn: where the camera hangs, whether the points agree, every fault. */

import type { GroundTried } from "../../api.gen";
import { complaint, draft, tried } from "../screen";
import { words } from "../words";

/** From so many points on the worst of them can be told from the rest. */
const TELLS_THE_WORST = 6;
const DISAGREE = 0.003;

export function Verdict() {
  const seen = tried.value;
  return (
    <section class="verdict" aria-live="polite" data-testid="verdict">
      <h2>{words.verdict.headline}</h2>
      {complaint.value && <p class="wrong" role="alert">{complaint.value}</p>}
      {seen?.ground ? <Ground ground={seen.ground} /> : <p>{words.verdict.notYet}</p>}
      {seen && seen.faults.length === 0 && <p data-testid="no-faults">{words.verdict.well}</p>}
      {seen && seen.faults.length > 0 && (
        <>
          <h3>{words.verdict.faults}</h3>
          <ul data-testid="faults">{seen.faults.map(({ where, text }) => <li key={`${where} ${text}`}><code>{where}</code> {text}</li>)}</ul>
        </>
      )}
      {seen && seen.warnings.length > 0 && (
        <>
          <h3>{words.verdict.warnings}</h3>
          <ul data-testid="warnings">{seen.warnings.map((warning) => <li key={warning}>{warning}</li>)}</ul>
        </>
      )}
    </section>
  );
}

function Ground({ ground }: { ground: GroundTried }) {
  return (
    <>
      <p data-testid="hangs">{words.verdict.hangs(ground.height_m, ground.tilt_deg)}</p>
      <p data-testid="agree">{agreement(ground)}</p>
      <p class="how">{words.verdict.paving(ground.step_m)}</p>
    </>
  );
}

function agreement({ reprojection_error_px: error, residuals_px: residuals }: GroundTried): string {
  if (error === null) return words.verdict.four;
  const worst = residuals.indexOf(Math.max(...residuals)) + 1;
  const far = error > DISAGREE * draft.value!.size[0] && residuals.length >= TELLS_THE_WORST;
  return far ? words.verdict.disagree(error, worst) : words.verdict.agree(error);
}
