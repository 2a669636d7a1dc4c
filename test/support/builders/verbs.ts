import { parseVerb } from "#verbs/verb-registry.ts";
import type { VerbContext } from "#verbs/verb.ts";
import { NOW } from "./instants.ts";
import { ALICE_PERSON } from "./people.ts";
import { aPolicy, STAFFED_POLICY } from "./policies.ts";

const CONTEXT: VerbContext = { person: ALICE_PERSON, zone: "UTC", now: NOW, policy: aPolicy(STAFFED_POLICY) };

/** What a text of Alice asks for, now and in UTC unless `overrides` differ. */
export const parsedVerb = (text: string, overrides: Partial<VerbContext> = {}) =>
  parseVerb(text, { ...CONTEXT, ...overrides });
