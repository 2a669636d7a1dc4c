import { describe, expect, test } from "vitest";
import { VERB_ANSWERS } from "#test/support/builders/doors/verb-answers.ts";
import { parsedVerb } from "#test/support/builders/verbs.ts";

describe("words that a verb has no place for", () => {
  test.each(Object.entries(VERB_ANSWERS).flatMap(([name, answers]) => answers.map(({ say }) => ({ name, say }))))(
    "are kept or refused behind $say",
    ({ name, say }) => {
      const { verb, request } = parsedVerb(`${say.replaceAll("$N", "1")} zzqx`);
      expect(verb.name).toBe(name);
      // A refusal is an answer, and what only looks changes nothing, whatever else stands there.
      if (request.kind === "problem" || request.kind === "show") return;
      expect(JSON.stringify(request)).toContain("zzqx");
    },
  );

  test.each(["close all good", "undo that", "unmerge please", "join now", "runbook cancel RUN-3 it is late"])(
    "are named in the refusal of: %s",
    (text) => {
      const { request } = parsedVerb(text);
      expect(request).toMatchObject({
        kind: "problem",
        text: expect.stringMatching(/ takes (no words|only `.*`), and not ".*"\. Nothing was done\. /) as string,
      });
    },
  );
});
