/** The line of facts under a figure, and how many of them have no room: none is cut away without a sign. */

import type { ComponentChildren, RefObject } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { enlarge } from "../hands";
import { words } from "../words";

/** A fact of which less than this share is seen is cut. */
const SEEN_SHARE = 0.9;

/** of: the region's name. A fact with the class `short` stands for a whole one beside it, and counts for nothing. */
export function Facts({ of, camera, children }: { of: string; camera: string; children: ComponentChildren }) {
  const line = useRef<HTMLDivElement>(null);
  const cut = useCut(line);
  return (
    <div class="plate-foot">
      <div class="plate-more" ref={line}>{children}</div>
      {cut.length > 0 && <More of={of} camera={camera} cut={cut} />}
    </div>
  );
}

/** Says how many and, under the pointer and to a screen reader, which; a press shows the camera large, where all have room. */
function More({ of, camera, cut }: { of: string; camera: string; cut: readonly Element[] }) {
  const button = useRef<HTMLButtonElement>(null);
  useLayoutEffect(() => {
    const facts = cut.map((fact) => fact.textContent).join(words.between);
    button.current?.setAttribute("title", facts);
    button.current?.setAttribute("aria-label", words.region.moreFacts(cut.length, of, facts));
  });
  return <button type="button" ref={button} class="more-facts" data-testid="more-facts" onClick={() => enlarge(camera)}>+{cut.length}</button>;
}

/** The parts of a line that are cut or left out. The browser tells when that changes: to ask it would cost a layout each time. */
function useCut(line: RefObject<HTMLElement | null>): readonly Element[] {
  const [cut, setCut] = useState<readonly Element[]>([]);
  const eye = useRef<Eye>(null);
  useEffect(() => {
    eye.current = new Eye(line.current!, setCut);
    return () => eye.current?.close();
  }, [line]);
  useEffect(() => eye.current?.look());
  return cut;
}

class Eye {
  readonly #line: HTMLElement;
  readonly #tell: (cut: readonly Element[]) => void;
  readonly #observer: IntersectionObserver;
  readonly #isSeen = new Map<Element, boolean>();

  constructor(line: HTMLElement, tell: (cut: readonly Element[]) => void) {
    this.#line = line;
    this.#tell = tell;
    this.#observer = new IntersectionObserver((changes) => this.#heard(changes), { root: line, threshold: SEEN_SHARE });
    this.look();
  }

  /** Take up facts that have come, and forget those that have gone. */
  look(): void {
    const facts = [...this.#line.children].filter((fact) => !fact.classList.contains("short"));
    for (const fact of facts) if (!this.#isSeen.has(fact)) this.#begin(fact);
    const gone = [...this.#isSeen.keys()].filter((fact) => !facts.includes(fact));
    for (const fact of gone) this.#end(fact);
    if (gone.length) this.#say();
  }

  close(): void {
    this.#observer.disconnect();
    this.#isSeen.clear();
  }

  #begin(fact: Element): void {
    this.#isSeen.set(fact, true);
    this.#observer.observe(fact);
  }

  #end(fact: Element): void {
    this.#isSeen.delete(fact);
    this.#observer.unobserve(fact);
  }

  #heard(changes: readonly IntersectionObserverEntry[]): void {
    for (const { target, intersectionRatio } of changes) if (this.#isSeen.has(target)) this.#isSeen.set(target, intersectionRatio >= SEEN_SHARE);
    this.#say();
  }

  #say(): void {
    this.#tell([...this.#isSeen].filter(([, isSeen]) => !isSeen).map(([fact]) => fact));
  }
}
