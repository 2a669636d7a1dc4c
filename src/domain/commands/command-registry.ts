import { z } from "zod";
import { acceptDecision, applyFacts, type Context, type Decision } from "#domain/events/decision.ts";
import type { Incident } from "#domain/incident/incident.ts";
import { answerSentPages } from "#domain/paging/page-answers.ts";
import { indexDefinitions, listDefinitions, type DefinitionIn } from "#domain/values/definition-index.ts";
import type { AnyCommandDefinition } from "./command-definition.ts";
import * as lifecycle from "./lifecycle-commands.ts";
import * as paging from "./paging-commands.ts";
import * as postmortem from "./postmortem-commands.ts";
import * as reports from "./report-commands.ts";
import * as response from "./response-commands.ts";
import * as tickets from "./ticket-commands.ts";
import * as timers from "./timer-commands.ts";

/** Every command to one incident. What a file of commands exports is in it: a new command is one object in one of them. */
const COMMANDS = [lifecycle, response, paging, timers, tickets, postmortem, reports] as const;

type Definitions = DefinitionIn<(typeof COMMANDS)[number]>;
type CommandOfDefinition<D> = D extends { decide(incident: Incident, command: infer C, ctx: Context): Decision }
  ? C
  : never;

/** A command that is decided on one incident alone. */
export type SingleCommand = CommandOfDefinition<Definitions>;

/** Everything this one has goes to the other, which goes on: decided on two incidents, by `mergeIncident`. */
const Merge = z.object({
  type: z.literal("incident.merge"),
  into: z.number(),
  /** The pager's text about its own merge: a refusal here becomes a line of the timeline with that text. */
  told: z.string().exactOptional(),
});

/** A command to an incident. */
export type IncidentCommand = SingleCommand | Readonly<z.output<typeof Merge>>;

const DEFINITIONS: readonly AnyCommandDefinition[] = listDefinitions(COMMANDS);
const BY_TYPE = indexDefinitions(DEFINITIONS, ({ type }) => [type]);

// A list made by `map` loses which schemas are in it; what it lets through is the union that the definitions spell out.
/** The border of the database: commands as they are stored. */
export const IncidentCommand = z.discriminatedUnion("type", [
  Merge,
  ...DEFINITIONS.map(({ stored }) => stored as z.ZodObject<{ type: z.ZodLiteral<string> }>),
]) as unknown as z.ZodType<IncidentCommand>;

/** What a command means for an incident, and for the pages that were sent to its actor. Pure. */
export function decideCommand(incident: Incident, command: SingleCommand, ctx: Context): Decision {
  const definition = BY_TYPE.get(command.type);
  if (definition === undefined) throw new Error(`bug: no command is called ${command.type}`);
  const decision = definition.decide(incident, command, ctx);
  if (!decision.ok || !definition.answersPages(command, ctx)) return decision;
  return acceptDecision([...decision.facts, ...answerSentPages(applyFacts(incident, decision.facts, ctx), ctx)]);
}

/** Whether a refusal of a command is a line of the timeline. */
export function recordsRefusal({ type }: IncidentCommand): boolean {
  return BY_TYPE.get(type)?.recordsRefusal === true;
}
