/** The lines for the site file. */

import { useSignal } from "@preact/signals";
import { camera, changed, isCurrent, tried } from "../screen";
import { words } from "../words";

export function Excerpt() {
  /** The text of which `said` speaks. */
  const copied = useSignal<string | null>(null);
  const said = useSignal("");
  const text = isCurrent.value ? tried.value?.excerpt : undefined;
  const copy = async (lines: string): Promise<void> => {
    said.value = await navigator.clipboard.writeText(lines).then(() => words.excerpt.copied, () => words.excerpt.notCopied);
    copied.value = lines;
  };
  return (
    <section data-testid="excerpt" aria-busy={text === undefined}>
      <h2>{words.excerpt.headline}</h2>
      {text === undefined && <p>{words.verdict.looking}</p>}
      {text === null && <p>{words.excerpt.faulty}</p>}
      {typeof text === "string" && (
        <>
          <p class="how">{changed.value ? words.excerpt.how(camera) : words.excerpt.unchanged}</p>
          <pre tabIndex={0} data-testid="excerpt-text">{text}</pre>
          <button type="button" class="main" data-testid="copy" onClick={() => void copy(text)}>{words.excerpt.copy}</button> <output>{copied.value === text ? said.value : ""}</output>
        </>
      )}
    </section>
  );
}
