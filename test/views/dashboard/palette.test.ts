import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";

const css = readFileSync(new URL("../../../src/views/assets/colours.css", import.meta.url), "utf8");

type Palette = Readonly<Record<string, string>>;

function paletteIn(block: string): Palette {
  return Object.fromEntries(
    Array.from(block.matchAll(/--([a-z0-9-]+): (#[0-9a-f]{6});/g), ([, name, value]) => [name!, value!]),
  );
}

const [light = "", dark = ""] = Array.from(css.matchAll(/:root \{([^}]*)\}/g), ([, block]) => block!);
const PALETTES = { light: paletteIn(light), dark: { ...paletteIn(light), ...paletteIn(dark) } };

/** Relative luminance, WCAG 2.2. */
function luminance(colour: string): number {
  const [r, g, b] = [1, 3, 5].map((at) => {
    const share = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
}

function contrast(a: string, b: string): number {
  const [high, low] = [luminance(a), luminance(b)].toSorted((x, y) => y - x);
  return (high! + 0.05) / (low! + 0.05);
}

test("the arithmetic is that of WCAG", () => {
  expect(contrast("#000000", "#ffffff")).toBeCloseTo(21);
  expect(contrast("#777777", "#ffffff")).toBeCloseTo(4.48, 2);
});

describe.each(["light", "dark"] as const)("in the %s scheme", (scheme) => {
  const palette = PALETTES[scheme];
  const of = (name: string): string => palette[name]!;

  test.each(["fg", "dim", "link", "hot", "warn", "good", "accent"])(
    "text in %s can be read on both grounds (AA: 4.5)",
    (name) => {
      for (const ground of ["bg", "panel"]) expect(contrast(of(name), of(ground)), ground).toBeGreaterThanOrEqual(4.5);
    },
  );

  test.each(["p0", "p1", "p2", "p3", "p4", "accent", "c0", "c1", "c2", "c3", "c4", "c5"])(
    "text on %s can be read (AA: 4.5)",
    (name) => {
      expect(contrast(of("on-fill"), of(name))).toBeGreaterThanOrEqual(4.5);
    },
  );

  test.each([
    "p0",
    "p1",
    "p2",
    "p3",
    "p4",
    "c0",
    "c1",
    "c2",
    "c3",
    "c4",
    "c5",
    "field",
    "accent",
    "good",
    "warn",
    "hot",
  ])("lines drawn in %s have enough contrast (AA: 3)", (name) => {
    for (const ground of ["bg", "panel"]) expect(contrast(of(name), of(ground)), ground).toBeGreaterThanOrEqual(3);
  });
});

test("every colour is in a palette, so that this test sees it", () => {
  const rules = css.replace(/:root \{[^}]*\}/g, "");
  expect(rules.match(/#[0-9a-f]{3,8}\b|rgb\(|hsl\(/gi)).toBeNull();
});
