/** A headline that says where the next click goes. */

import type { Chosen } from "../draft";
import { chosen } from "../screen";

export function Head({ text, to }: { text: string; to: Chosen }) {
  return (
    <h2>
      <button type="button" aria-pressed={chosen.value === to} data-testid={`choose-${to}`} onClick={() => (chosen.value = to)}>{text}</button>
    </h2>
  );
}
