import { describe, expect, test } from "vitest";
import css from "../src/style/tokens.css?raw";
import { LEVELS, type Level } from "../src/levels";
import { chroma, contrast, parsed, type Colour } from "./colour";

const TEXT = 4.5;
const SHAPE = 3;
const ALL = Object.keys(LEVELS) as Level[];
const COLOURED = ALL.filter((level) => level !== "clear" && level !== "unknown");
const SURFACES = ["ground", "surface", "raised"];
/** As grey as makes no difference: the faint tint of a cool grey is allowed. */
const GREY = 0.02;

type Tokens = (name: string) => Colour;

function tokens(theme: string): Tokens {
  const blocks = [...css.matchAll(/([^{}]*)\{([^}]*)\}/g)];
  const own = blocks.filter(([, selector]) => selector!.includes(`[data-theme="${theme}"]`) || /:root\s*$/.test(selector!));
  const values = new Map(own.flatMap(([, , body]) => [...body!.matchAll(/--([\w-]+):\s*([^;]+);/g)].map((found) => [found[1]!, found[2]!] as const)));
  return (name) => parsed(values.get(name) ?? `no --${name} in the ${theme} theme`);
}

describe.each(["dark", "light"])("in the %s theme", (theme) => {
  const token = tokens(theme);

  test.each(["text", "muted", "calm"])("%s text reads on every surface", (name) => {
    for (const surface of SURFACES) expect(contrast(token(name), token(surface)), surface).toBeGreaterThanOrEqual(TEXT);
  });

  test.each(ALL)("the word and figure of %s read on every surface", (level) => {
    for (const surface of SURFACES) expect(contrast(token(`${level}-ink`), token(surface)), surface).toBeGreaterThanOrEqual(TEXT);
  });

  test.each(ALL)("the shape of %s is seen on every surface", (level) => {
    for (const surface of SURFACES) expect(contrast(token(`${level}-shape`), token(surface)), surface).toBeGreaterThanOrEqual(SHAPE);
  });

  test("white reads on the fill of critical", () => {
    expect(contrast(token("on-critical"), token("critical-fill"))).toBeGreaterThanOrEqual(TEXT);
  });

  test("the edges of controls are seen", () => {
    for (const surface of SURFACES) expect(contrast(token("control"), token(surface)), surface).toBeGreaterThanOrEqual(SHAPE);
  });

  test("words over a picture read on their veil, and outlines are seen on it", () => {
    expect(contrast(token("on-veil"), token("veil"))).toBeGreaterThanOrEqual(TEXT);
    for (const level of ALL) expect(contrast(token(`${level}-lit`), token("veil")), level).toBeGreaterThanOrEqual(SHAPE);
  });

  test("what is not above clear is grey", () => {
    for (const name of [...SURFACES, "text", "muted", "calm", "control", "line", "clear-ink", "clear-shape", "unknown-ink", "unknown-shape"]) {
      expect(chroma(token(name)), name).toBeLessThan(GREY);
    }
  });

  test("what is above clear is not", () => {
    for (const level of COLOURED) expect(chroma(token(`${level}-fill`)), level).toBeGreaterThan(4 * GREY);
  });
});
