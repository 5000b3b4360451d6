/** A proof by something whose length is known. */

import { isCurrent, tape, tried } from "../screen";
import { words } from "../words";
import { Head } from "./Head";

export function Tape() {
  const whole = tape.value.length === 2 && isCurrent.value && tried.value?.ground;
  const measured = tried.value?.measured_m;
  return (
    <section data-testid="tape">
      <Head text={words.tape.headline} to="tape" />
      <p class="how">{words.tape.how}</p>
      {whole && <output data-testid="measured">{measured == null ? words.tape.none : words.tape.measured(measured)}</output>}
    </section>
  );
}
