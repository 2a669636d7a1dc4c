import { expect, test } from "vitest";
import type { IncidentCommand } from "#domain/commands/command-registry.ts";
import { parsedVerb } from "#test/support/builders/verbs.ts";
import type { VerbRequest } from "#verbs/verb.ts";

const commandRequest = (command: IncidentCommand): VerbRequest => ({ kind: "command", command, at: null });

test("a mention without a name uses the policy's name, or the chat's", () => {
  const mentionedName = (id: string): string | null => (id === "U0DANA001" ? "Dana" : null);
  const offers = (mention: string): unknown => parsedVerb(`handoff ${mention}`, { mentionedName }).request;
  expect(offers("@person[U0DANA001]")).toEqual(
    commandRequest({ type: "handoff.offer", to: { id: "U0DANA001", name: "Dana" } }),
  );
  expect(offers("@person[U0DANA001|d]")).toEqual(
    commandRequest({ type: "handoff.offer", to: { id: "U0DANA001", name: "d" } }),
  );
  expect(offers("@person[U0ELSE0001]")).toEqual(
    commandRequest({ type: "handoff.offer", to: { id: "U0ELSE0001", name: "U0ELSE0001" } }),
  );
  expect(offers("@person[U0BOB0001]")).toEqual(
    commandRequest({ type: "handoff.offer", to: { id: "U0BOB0001", name: "Bob" } }),
  );
});

test("a mention that is no argument is a name in the text, as people read it", () => {
  const noted = (text: string): unknown => parsedVerb(`note ${text}`).request;
  expect(noted("ask @person[U0BOB0001] or @person[U0ELSE0001|zoe] about it")).toEqual(
    commandRequest({ type: "note.add", text: "ask @Bob or @zoe about it" }),
  );
});
