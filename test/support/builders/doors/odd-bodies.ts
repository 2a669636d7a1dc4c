import fc from "fast-check";

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
type Step = string | number;

/** Values that a program has met at least once where it expected another. */
const ODD_VALUES: readonly Json[] = [
  ...[null, true, false, 0, -1, 0.5, 1e308, 2 ** 53, -0],
  ...["", " ", "\0", "a\0b", "\ud800", "\u202e", "x".repeat(3_000), "INC-1", "INC-999999999999999999999", "RUN-1", "%"],
  ...["__proto__", "constructor", "toString", "2026-02-31T25:61:61Z", "9999999999999", "1e9", "[object Object]"],
  ...[[], [null], [[]], {}, { toString: 1 }, { length: -1 }, { then: 1 }, { id: null }, nested(40)],
];

function nested(levels: number): Json {
  return levels === 0 ? null : [nested(levels - 1)];
}

const anyOddValue: fc.Arbitrary<Json> = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...ODD_VALUES) },
  { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 3 }) as fc.Arbitrary<Json> },
);

/** Every place in a value, the whole first. */
function placesIn(value: Json, front: readonly Step[] = []): readonly (readonly Step[])[] {
  if (typeof value !== "object" || value === null) return [front];
  return [front, ...Object.entries(value).flatMap(([key, part]) => placesIn(part, [...front, key]))];
}

/** The value with another at a place; undefined takes out what is there. */
function replacedAt(value: Json, [step, ...rest]: readonly Step[], part: Json | undefined): Json | undefined {
  if (step === undefined) return part;
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value as Readonly<Record<string, Json>>).flatMap(([key, own]): [string, Json][] => {
    const inner = key === String(step) ? replacedAt(own, rest, part) : own;
    return inner === undefined ? [] : [[key, inner]];
  });
  return Array.isArray(value) ? entries.map(([, own]) => own) : Object.fromEntries(entries);
}

/** A value that is as it should be but for one or two of its places, up to the whole of it. */
export function almostJson(value: object): fc.Arbitrary<Json> {
  const change = fc.tuple(
    fc.constantFrom(...placesIn(value as Json)),
    fc.oneof({ weight: 4, arbitrary: anyOddValue }, { weight: 1, arbitrary: fc.constant(undefined) }),
  );
  return fc
    .array(change, { minLength: 1, maxLength: 2 })
    .map((changes) =>
      changes.reduce<Json>((own, [place, part]) => replacedAt(own, place, part) ?? null, value as Json),
    );
}

/** The fields of a form, of which some have words that no form of ours sends, are missing, or come twice. */
export function almostForm(fields: Readonly<Record<string, string>>): fc.Arbitrary<string> {
  const texts = ODD_VALUES.map((value) => (typeof value === "string" ? value : JSON.stringify(value)));
  const odd = fc.tuple(
    fc.constantFrom(...Object.keys(fields), "x[y]", "__proto__"),
    fc.option(fc.constantFrom(...texts)),
  );
  return fc.array(odd, { maxLength: 3 }).map((changes) => {
    const form = new URLSearchParams(fields);
    for (const [name, text] of changes)
      if (text === null) form.delete(name);
      else if (text.length % 2 === 0) form.append(name, text.toWellFormed());
      else form.set(name, text.toWellFormed());
    return form.toString();
  });
}

/** What is no JSON, no form and no text. */
export const anyBrokenBody: fc.Arbitrary<string | Buffer> = fc.oneof(
  fc.constantFrom(
    "",
    "{",
    "null",
    "[]",
    '"x"',
    "7",
    "true",
    '{"a":1}{',
    "[".repeat(5_000),
    '"\\u0000"',
    "a=%00&a=%",
    "payload=",
    "payload=null",
  ),
  fc.string({ unit: "binary", maxLength: 50 }),
  fc.uint8Array({ maxLength: 50 }).map((bytes) => Buffer.from(bytes)),
);
