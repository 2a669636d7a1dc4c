import { type Recipe, type WrittenAnswers, withoutAnswer, writtenObject } from "./recipe.ts";

const DEFINITIONS = "src/domain/alerting/arrangements/silence-arrangements.ts";
const CHANGES = "src/domain/incident/arrangement.ts";

/** The answers about an arrangement, each as it is written in a arrangementText. */
export const ARRANGEMENT_PARTS: WrittenAnswers = {
  decide:
    'decide: (command, id, ctx) => ({ ok: true, text: command.until + " is the end of " + command.mute, number: id, changes: [], effects: announceArrangement(command, id, ctx, ["incidents"]) })',
  announce: "announce: ({ mute }, by) => richText`${by} prolonged ${mute}`",
};

function arrangementText(name: string, type: string, answers: WrittenAnswers = ARRANGEMENT_PARTS): string {
  return `export const ${name} = defineArrangement("${type}", { mute: z.number(), until: z.number() }, ${writtenObject(answers)});\n`;
}

const HEAD = `import { z } from "zod";
import { announceArrangement, defineArrangement } from "#domain/alerting/arrangements/arrangement-definition.ts";
import { richText } from "#domain/values/rich-text.ts";
void [announceArrangement, richText];
`;

/** Others that use the arrangement, by its type: written without an edit elsewhere. */
const USES = `import { announcementOf, decideArrangement, type ArrangementCommand } from "#domain/alerting/arrangements/arrangement-registry.ts";
import type { Context } from "#domain/events/decision.ts";
import { SubmissionBody } from "#domain/commands/submission.ts";
import { plainWords } from "#domain/values/plain-words.ts";
export const prolong: ArrangementCommand & SubmissionBody = { type: "mute.prolong", mute: 9, until: 7 };
const ctx = { actor: { kind: "person", id: "U1", name: "Alice" } } as unknown as Context;
console.log(
  JSON.stringify([
    SubmissionBody.parse(prolong),
    decideArrangement(prolong, 47, ctx),
    plainWords(announcementOf(prolong, "Alice")!),
  ]),
);
// @ts-expect-error the arrangement has no such field
export const wrong: ArrangementCommand = { type: "mute.prolong", mute: 9, untl: 7 };
// @ts-expect-error no arrangement has this name
export const misspelt: ArrangementCommand = { type: "mute.prolng", mute: 9, until: 7 };
`;

/** A program that uses the arrangement, and prints what came of it. */
export const ARRANGEMENT_USES = "src/engine/arrangement-uses.ts";
/** The file with the arrangement that lacks an answer. */
export const arrangementWithout = (key: string): string => `src/domain/arrangement-without-${key}.ts`;
/** The files that would have to know a new kind of change. */
export const WITHOUT_WRITER: readonly string[] = [CHANGES, "src/db/arrangements/arrangements.ts"];

export const arrangementRecipe: Recipe = {
  follow(copy) {
    // One object in one file: that is all.
    copy.append(DEFINITIONS, `\n${arrangementText("prolongSilence", "mute.prolong")}`);
    copy.write(ARRANGEMENT_USES, USES);
  },
  spoil(copy) {
    for (const key of Object.keys(ARRANGEMENT_PARTS))
      copy.write(
        arrangementWithout(key),
        `${HEAD}${arrangementText("planted", "mute.planted", withoutAnswer(ARRANGEMENT_PARTS, key))}`,
      );
    copy.insert(CHANGES, "export type ArrangementChange =", '\n  | { readonly kind: "planted" }');
  },
  faulty: [...Object.keys(ARRANGEMENT_PARTS).map(arrangementWithout), ...WITHOUT_WRITER],
};
