import { describe, expect, test } from "vitest";
import { effectDefinition, effectKey } from "#domain/effects/effect-registry.ts";
import { EFFECT_ROWS } from "#test/support/builders/effect-rows.ts";

const rows = Object.values(EFFECT_ROWS);

describe("an effect", () => {
  test.each(rows)("$effect.type has the key $key and waits in the lane $lane", ({ effect, key, lane, every }) => {
    expect(effectKey(effect, 7)).toBe(key);
    expect(effectDefinition(effect)).toMatchObject({ lane, interval: every });
  });

  test.each(rows.filter(({ incident }) => incident === null))(
    "$effect.type is the same one, no matter which incident requests it",
    ({ effect, key }) => expect([effectKey(effect, 8), effectKey(effect, null)]).toEqual([key, key]),
  );

  test.each(rows)("$effect.type is stored in the form of its schema", ({ effect }) => {
    const { stored } = effectDefinition(effect);
    expect(stored.strict().parse(effect)).toEqual(effect);
    expect(stored.safeParse({ ...effect, type: "chat.other" }).success).toBe(false);
  });

  test("that coalesces belongs to the chat, a description or a document, and never to a page", () => {
    const coalescing = rows.filter(({ every }) => every !== null).map(({ effect }) => effect.type);
    expect(coalescing.filter((type) => !type.startsWith("chat."))).toEqual(["page.describe", "ticket.postmortem"]);
  });

  test("that a newer version stored is not taken for another", () =>
    expect(() => effectDefinition({ type: "chat.newer" })).toThrow("no effect is called chat.newer"));
});
