import { type Recipe, type WrittenAnswers, withoutAnswer, writtenObject } from "./recipe.ts";

const DEFINITIONS = "src/domain/effects/definitions/channel-effects.ts";
const PERFORMERS = "src/engine/channel/channel-performers.ts";

/** The core's answers about an effect, each as it is written in a definition. */
export const EFFECT_PARTS: WrittenAnswers = {
  lane: 'lane: "chat"',
  interval: "interval: null",
  shared: "shared: false",
  key: "key: ({ question }, of) => `${of}:${question}`",
};

/** The engine's. */
export const PERFORMER_PARTS: WrittenAnswers = {
  perform: "perform: async ({ question }, context) => ({ state: `${question} ${context.attempt.key}` })",
  failed: "failed: ({ question }, reason) => [{ type: 'chat.failed', what: question, reason }]",
  delayed: "delayed: () => []",
};

const definition = (name: string, type: string, answers: WrittenAnswers): string =>
  `export const ${name} = defineEffect("${type}", { question: z.string() }, ${writtenObject(answers)});\n`;

/** Others that use the effect, by its type: written without an edit elsewhere. */
const USES = `import { effectKey, type Effect } from "#domain/effects/effect-registry.ts";
import { performerOf } from "#engine/loop/effect-performers.ts";
export const poll: Effect = { type: "chat.poll", question: "roll back?" };
export const key = effectKey(poll, 7);
export const failed = performerOf(poll).failed("no");
// @ts-expect-error the effect has no such field
export const wrong: Effect = { type: "chat.poll", qestion: "roll back?" };
// @ts-expect-error no effect has this name
export const misspelt: Effect = { type: "chat.pol", question: "roll back?" };
`;

/** The performers as they would be, had no one written the new one. */
const UNPERFORMED = `import type { EffectPerformers } from "#engine/base/effect-performer.ts";
import { channelPerformers } from "#engine/channel/channel-performers.ts";
const { "chat.poll": _, ...others } = channelPerformers;
export const planted: Pick<EffectPerformers, keyof typeof channelPerformers> = others;
`;

const EFFECT_HEAD = 'import { z } from "zod";\nimport { defineEffect } from "#domain/effects/effect-definition.ts";\n';

/** The file with the definition that lacks an answer. */
export const effectWithout = (key: string): string => `src/domain/effect-without-${key}.ts`;
/** The file with the performer that lacks an answer. */
export const performerWithout = (key: string): string => `src/engine/performer-without-${key}.ts`;
/** The file where no one performs the effect. */
export const UNPERFORMED_EFFECT = "src/engine/unperformed.ts";
/** The file with an effect in a lane of timers. */
export const EFFECT_IN_OTHER_LANE = "src/domain/other-lane.ts";

const FAULTS: WrittenAnswers = {
  [UNPERFORMED_EFFECT]: UNPERFORMED,
  [EFFECT_IN_OTHER_LANE]:
    EFFECT_HEAD + definition("planted", "chat.planted", { ...EFFECT_PARTS, lane: 'lane: "timers"' }),
  ...Object.fromEntries(
    Object.keys(EFFECT_PARTS).map((key) => [
      effectWithout(key),
      EFFECT_HEAD + definition("planted", "chat.planted", withoutAnswer(EFFECT_PARTS, key)),
    ]),
  ),
  ...Object.fromEntries(
    Object.keys(PERFORMER_PARTS).map((key) => [
      performerWithout(key),
      `import type { EffectPerformers } from "#engine/base/effect-performer.ts";\nexport const planted = { "chat.poll": ${writtenObject(withoutAnswer(PERFORMER_PARTS, key))} } satisfies Partial<EffectPerformers>;\n`,
    ]),
  ),
};

export const effectRecipe: Recipe = {
  follow(copy) {
    // One object in the core, one in its room of the engine: that is all.
    copy.append(DEFINITIONS, `\n${definition("askPeople", "chat.poll", EFFECT_PARTS)}`);
    copy.insert(
      PERFORMERS,
      "export const channelPerformers = {",
      `\n  "chat.poll": ${writtenObject(PERFORMER_PARTS)},`,
    );
    copy.write("src/engine/effect-uses.ts", USES);
  },
  spoil(copy) {
    for (const [file, text] of Object.entries(FAULTS)) copy.write(file, text);
  },
  faulty: Object.keys(FAULTS),
};
