import { z } from "zod";
import type { Context } from "#domain/events/decision.ts";
import { indexDefinitions, listDefinitions, type DefinitionIn } from "#domain/values/definition-index.ts";
import type { RichText } from "#domain/values/rich-text.ts";
import type { AnyArrangement, AnyArrangementDefinition, ArrangementDecision } from "./arrangement-definition.ts";
import * as interruptions from "./interruption-arrangements.ts";
import * as overrides from "./override-arrangements.ts";
import * as silences from "./silence-arrangements.ts";

/** Every arrangement there is. What a file of arrangements exports is in it: a new one is one object in one of them. */
const ARRANGEMENTS = [overrides, silences, interruptions] as const;

type Definitions = DefinitionIn<(typeof ARRANGEMENTS)[number]>;
type Stored = Definitions["stored"];

const DEFINITIONS: readonly Definitions[] = listDefinitions(ARRANGEMENTS);
const BY_TYPE = indexDefinitions(DEFINITIONS as unknown as readonly AnyArrangementDefinition[], ({ type }) => [type]);

/** What people arrange that is about no single incident, as it is asked for and stored: the border of the database. */
export const ArrangementCommand = z.discriminatedUnion(
  "type",
  DEFINITIONS.map(({ stored }) => stored) as unknown as readonly [Stored, ...Stored[]],
);
export type ArrangementCommand = z.output<typeof ArrangementCommand>;

/** Whether a command is about no incident but arranges something. */
export function isArrangement(command: AnyArrangement): command is ArrangementCommand {
  return BY_TYPE.has(command.type);
}

/** Decides what people arrange. `id` is that of the command. Pure. */
export function decideArrangement(command: ArrangementCommand, id: number, ctx: Context): ArrangementDecision {
  return arrangementDefinition(command).decide(command, id, ctx);
}

/** What the channels read about an arrangement; null when it is not posted. */
export function announcementOf(command: AnyArrangement, by: string): RichText | null {
  return arrangementDefinition(command).announce(command, by);
}

/** @throws for a type that no definition has: written by a newer version */
function arrangementDefinition({ type }: AnyArrangement): AnyArrangementDefinition {
  const definition = BY_TYPE.get(type);
  if (definition === undefined) throw new Error(`bug: no arrangement is called ${type}`);
  return definition;
}
