import { expect, test } from "vitest";
import { apiPerson, isApiActor } from "#domain/values/api-actor.ts";
import { MUSTER_ACTOR } from "#domain/values/language.ts";
import { ALERTMANAGER, ALICE } from "#test/support/builders/people.ts";

test("someone who acts through the API is stored with the id that they always had", () => {
  expect(apiPerson("Alice")).toEqual({ id: "api:Alice", name: "Alice" });
});

test.each([
  ["someone of the API", apiPerson("Alice"), true],
  ["someone of the API without a name", apiPerson(""), true],
  ["someone of the chat", ALICE, false],
  ["someone of the chat who is called as the API's are", { ...ALICE, name: "api:Alice" }, false],
  ["a source of alerts", ALERTMANAGER, false],
  ["Muster itself", MUSTER_ACTOR, false],
])("whether %s acts through the API", (_, actor, through) => expect(isApiActor(actor)).toBe(through));
