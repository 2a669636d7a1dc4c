import { expect, test } from "vitest";
import { effectKey } from "#domain/effects/effect-registry.ts";
import { composePagerMark, hasNoteMark } from "#domain/effects/pager-mark.ts";

const mark = composePagerMark(effectKey({ type: "page.annotate", seq: 31 }, 12));

test("a note carries the key of the effect that asked for it", () => expect(mark).toBe("[page.annotate:INC-12:31]"));

test.each([
  ["a note that Muster had written", `Alice: the cache is cold ${mark}`, true],
  ["a note that someone wrote", "the cache is cold", false],
  ["a note that speaks of the effect", "what is page.annotate:INC-12:31?", false],
  [
    "a call for people",
    `come ${composePagerMark(effectKey({ type: "page.withdraw", key: "INC-12:1:P1:0" }, 12))}`,
    false,
  ],
])("whether %s is known by its mark", (_, text, known) => expect(hasNoteMark(text)).toBe(known));
