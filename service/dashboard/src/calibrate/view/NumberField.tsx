/** A field for a number, with a comma or a point. While it is typed in, the drawing follows each stroke as one step. */

import { useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import { numberIn } from "../draft";
import { words } from "../words";

interface Props {
  readonly name: string;
  readonly testId: string;
  readonly value: number | null;
  /** `first`: of this visit to the field; what follows belongs to the same step. */
  readonly set: (value: number | null, first: boolean) => void;
}

export function NumberField({ name, testId, value, set }: Props) {
  /** What stands in the field while somebody is in it; null: what the drawing has. */
  const typed = useSignal<string | null>(null);
  const isFirst = useRef(true);
  const wrong = typed.value !== null && numberIn(typed.value) === undefined;
  const type = (text: string): void => {
    typed.value = text;
    set(numberIn(text) ?? null, isFirst.current);
    isFirst.current = false;
  };
  const leave = (): void => {
    isFirst.current = true;
    if (!wrong) typed.value = null;
  };
  return (
    <span class="number-field">
      <input
        type="text" inputMode="decimal" autocomplete="off" aria-label={name} aria-invalid={wrong} data-testid={testId}
        value={typed.value ?? (value === null ? "" : String(value))} onInput={(event) => type(event.currentTarget.value)} onBlur={leave}
      />
      {wrong && <small role="alert">{words.noNumber}</small>}
    </span>
  );
}
