import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  createPersonEraser,
  createTextEraser,
  freeTextsOf,
  namesBeside,
  rewriteTexts,
  writtenForms,
} from "#domain/response/erasure.ts";

describe("the free texts of an event", () => {
  test.each([
    ["note.added", { text: "the plan" }, ["the plan"]],
    ["title.changed", { from: "old title", to: "the new title" }, ["the new title", "old title"]],
    ["priority.changed", { from: "P2", to: "P1", reason: "customers wait" }, ["customers wait"]],
    ["incident.opened", { title: "T", key: "k", declared: { by: { id: "U1", name: "A" }, summary: "S" } }, ["T", "S"]],
    ["incident.opened", { title: "T", priorityReason: "because of the label" }, ["because of the label", "T"]],
    ["task.done", { id: 1, dropped: "not before the move" }, ["not before the move"]],
    [
      "message.captured",
      {
        message: {
          author: { name: "A" },
          text: "see",
          files: [{ name: "jane-roe.pdf", url: "https://files.example/1" }],
        },
      },
      ["https://files.example/1", "jane-roe.pdf", "see"],
    ],
    ["note.added", { text: "redacted" }, []],
    ["page.sent", { key: "INC-1-page", to: "alice", via: "pager" }, []],
  ])("of %s", (type, data, texts) => {
    expect(freeTextsOf({ type, data } as never)).toEqual(texts);
  });
});

test.each([
  ["as it is", (text: string) => `Alice: ${text}.`],
  ["within JSON", (text: string) => JSON.stringify({ body: text })],
  ["within JSON in JSON", (text: string) => JSON.stringify({ body: JSON.stringify({ text }) })],
  ["in one line", (text: string) => `note ${text.replace(/\s+/g, " ")}`],
  ["in HTML", (text: string) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;")],
])("a text is taken out %s", (_, place) => {
  const text = 'her "number" is\n<555> & more';
  expect(createTextEraser([text])(place(text))).not.toMatch(/555|number/);
  expect(writtenForms(text).some((form) => place(text).includes(form))).toBe(true);
});

test("a long text is taken out where it was cut, and what is only like it stays", () => {
  const text = `Jane Roe "lives" at ${"the end of the road, ".repeat(20)}`;
  const erase = createTextEraser([text]);
  expect(erase(`Alice: ${text.slice(0, 150)}…`)).toBe("Alice: [redacted]…");
  expect(erase(JSON.stringify({ text }).slice(0, 200))).toBe('{"text":"[redacted]');
  expect(erase(`${text.slice(0, 90)}. ${text.slice(0, 70)}!`)).toBe("[redacted]. [redacted]!");
  expect(erase(text.slice(0, 40))).toBe(text.slice(0, 40));
});

test("a short text is taken out only where it is all of it", () => {
  const erase = createTextEraser(["db"]);
  expect([erase("db"), erase("the db is down")]).toEqual(["[redacted]", "the db is down"]);
});

test("a person is taken out of texts and keys as whole words, ids and names", () => {
  const erase = createPersonEraser({ ids: ["U0ALICE01", "api:Alice"], names: ["Alice"] }, "forgotten-1");
  expect(
    rewriteTexts(
      { U0ALICE01: [{ id: "U0ALICE01", name: "Alice" }], text: "Alice and Alicea asked <@U0ALICE01>" },
      erase,
    ),
  ).toEqual({
    "forgotten-1": [{ id: "forgotten-1", name: "Forgotten person" }],
    text: "Forgotten person and Alicea asked <@forgotten-1>",
  });
  expect(erase("api:Alice")).toBe("forgotten-1");
});

test("whatever signs a name or an id has, it is taken out", () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1, unit: "grapheme" }), (text) => {
      const name = text.trim();
      fc.pre(name !== "");
      expect(createPersonEraser({ ids: [], names: [name] }, "x")(` ${name} `)).toBe(" Forgotten person ");
      expect(createPersonEraser({ ids: [name], names: [] }, "forgotten-1")(` ${name} `)).toBe(" forgotten-1 ");
    }),
    { examples: [["Jean-Luc"], ["api:bobs-laptop"], ["a/b"], ["(x)"], ["^$"], ["\\d"]] },
  );
});

test.each(["person", "Forgotten", "Forgotten person"])("the name %s, which stands in the new one, stays", (name) => {
  const erase = createPersonEraser({ ids: ["U1"], names: [name] }, "forgotten-1");
  expect(erase(`U1 ${name}`)).toBe(`forgotten-1 ${name}`);
});

test("finds the names that stand beside an id", () => {
  expect(namesBeside({ by: { id: "U1", name: "Alice" }, others: [{ id: "U2", name: "Bob" }] }, ["U1"])).toEqual([
    "Alice",
  ]);
});
