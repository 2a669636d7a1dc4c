import { expect, test } from "vitest";
import { findMention, parseMention, replaceMentions, writeMention } from "#domain/values/mention.ts";

test.each([
  ["U0ALICE01", null, "@person[U0ALICE01]"],
  ["p-bob", "bob", "@person[p-bob|bob]"],
  ["api:alice", "", "@person[api:alice]"],
])("%s, called %s, is mentioned as one word that is read back", (id, name, word) => {
  expect(writeMention(id, name)).toBe(word);
  expect(parseMention(word)).toEqual({ id, name: name || null });
});

test.each(["Bob Builder", "a]b", "a|b", "a[b"])("a name that is no part of a word is left out: %s", (name) =>
  expect(writeMention("U1", name)).toBe("@person[U1]"),
);

test.each(["", "@bob", "person[U1]", "@person[]", "@person[|bob]", "@person[U1", "@person[U1]x", "<@U0ALICE01>"])(
  "%j is no mention",
  (word) => expect(parseMention(word)).toBeNull(),
);

test("mentions in a text are found and replaced, and the rest stays", () => {
  const text = "ask @person[U1|bob], then @person[U2]; arr@[0]";
  expect(findMention(text)).toEqual({ id: "U1", name: "bob" });
  expect(replaceMentions(text, ({ id, name }) => `@${name ?? id}`)).toBe("ask @bob, then @U2; arr@[0]");
});
