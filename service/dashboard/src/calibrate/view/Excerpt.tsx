/** The lines for the site file. */

import { useSignal } from "@preact/signals";
import { camera, changed, tried } from "../screen";
import { words } from "../words";

export function Excerpt() {
  const said = useSignal("");
  const text = tried.value?.excerpt;
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(text ?? "");
      said.value = words.excerpt.copied;
    } catch {
      said.value = words.excerpt.notCopied;
    }
  };
  return (
    <section data-testid="excerpt">
      <h2>{words.excerpt.headline}</h2>
      {text == null ? <p>{words.excerpt.faulty}</p> : (
        <>
          <p class="how">{changed.value ? words.excerpt.how(camera) : words.excerpt.unchanged}</p>
          <pre tabIndex={0} data-testid="excerpt-text">{text}</pre>
          <button type="button" class="main" data-testid="copy" onClick={() => void copy()}>{words.excerpt.copy}</button> <output>{said.value}</output>
        </>
      )}
    </section>
  );
}
