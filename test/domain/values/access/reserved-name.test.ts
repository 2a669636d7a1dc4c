import fc from "fast-check";
import { expect, test } from "vitest";
import { isReservedName } from "#domain/values/access/reserved-name.ts";

test.each([
  "Muster",
  "muster",
  "MUSTER",
  " Muster ",
  "M u s t e r",
  "Muster.",
  "Muster\u200b",
  "\u202eMuster",
  "Muśter",
  "Ｍｕｓｔｅｒ",
  "𝐌𝐮𝐬𝐭𝐞𝐫",
  "Мuster",
  "Muѕtеr",
  "Mu5t3r",
  "Muster bot",
  "muster-app",
  "@Muster",
  "🤖 Muster",
])("%j reads as Muster itself", (name) => expect(isReservedName(name)).toBe(true));

test.each([
  "",
  "Alice",
  "Max Muster",
  "Muster, Max",
  "Mustermann",
  "Mustersson",
  "musterd",
  "U0ALICE01",
  "ci-bot",
  "Mister",
])("%j is a name for someone", (name) => expect(isReservedName(name)).toBe(false));

test("no sign, mark or capital makes another name of it", () => {
  const unseen = fc.constantFrom(
    "",
    " ",
    ".",
    "-",
    "_",
    "\u0301",
    "\u200d",
    "\ufeff",
    "\u00ad",
    "\u2060",
    "\u{e0061}",
    "\ufe0f",
  );
  const letters = fc.tuple(...Array.from("muster", (letter) => fc.constantFrom(letter, letter.toUpperCase())));
  fc.assert(
    fc.property(letters, fc.array(unseen, { minLength: 7, maxLength: 7 }), (own, between) => {
      expect(isReservedName(between.map((mark, i) => mark + (own[i] ?? "")).join(""))).toBe(true);
    }),
  );
});
