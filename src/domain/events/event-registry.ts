import type { Incident } from "#domain/incident/incident.ts";
import { indexDefinitions, listDefinitions, type DefinitionIn } from "#domain/values/definition-index.ts";
import { plainWords } from "#domain/values/plain-words.ts";
import type { TextLike } from "#domain/values/rich-text.ts";
import * as acknowledgement from "#domain/events/definitions/acknowledgement-events.ts";
import * as alerting from "#domain/events/definitions/alerting-events.ts";
import * as automation from "#domain/events/definitions/automation-events.ts";
import * as channel from "#domain/events/definitions/channel-events.ts";
import * as correction from "#domain/events/definitions/correction-events.ts";
import type { AnyEvent, AnyEventDefinition, EventEnvelope } from "./event-definition.ts";
import * as ending from "#domain/events/definitions/ending-events.ts";
import * as escalation from "#domain/events/definitions/escalation-events.ts";
import * as obstacles from "#domain/events/definitions/obstacle-events.ts";
import * as lifecycle from "#domain/events/definitions/lifecycle-events.ts";
import * as messages from "#domain/events/definitions/message-events.ts";
import * as mitigation from "#domain/events/definitions/mitigation-events.ts";
import * as notes from "#domain/events/definitions/notes-events.ts";
import * as pageAnswers from "#domain/events/definitions/page-answer-events.ts";
import * as paging from "#domain/events/definitions/paging-events.ts";
import * as postmortem from "#domain/events/definitions/postmortem-events.ts";
import * as privacy from "#domain/events/definitions/privacy-events.ts";
import * as quiet from "#domain/events/definitions/quiet-events.ts";
import * as reasons from "#domain/events/definitions/end-reason-events.ts";
import * as review from "#domain/events/definitions/review-events.ts";
import * as roles from "#domain/events/definitions/role-events.ts";
import * as staffing from "#domain/events/definitions/staffing-events.ts";
import * as tickets from "#domain/events/definitions/ticket-events.ts";

/** Every event there is. What a file of events exports is in it: a new event is one object in one of them. */
const EVENTS = [
  lifecycle,
  acknowledgement,
  mitigation,
  ending,
  correction,
  reasons,
  alerting,
  obstacles,
  quiet,
  roles,
  notes,
  channel,
  messages,
  paging,
  pageAnswers,
  escalation,
  staffing,
  tickets,
  automation,
  postmortem,
  review,
  privacy,
] as const;

type Definitions = DefinitionIn<(typeof EVENTS)[number]>;
type FactOfDefinition<D> = D extends {
  readonly type: infer T extends string;
  evolve(before: Incident, event: infer E): Incident;
}
  ? E extends { readonly data: infer Data }
    ? { readonly type: T; readonly data: Data }
    : never
  : never;

/** The data of an event besides who and when. Additive only: new code reads old rows, and the reverse. */
export type Fact = FactOfDefinition<Definitions>;

export type FactType = Fact["type"];

/** One line of an incident's timeline. */
export type Event = Fact & EventEnvelope;

const BY_TYPE = indexDefinitions<AnyEventDefinition>(listDefinitions(EVENTS), ({ type }) => [type]);

/** Every answer about an event of a type. @throws for a type that no definition has: written by a newer version */
export function definitionOf({ type }: Pick<AnyEvent, "type">): AnyEventDefinition {
  const definition = BY_TYPE.get(type);
  if (definition === undefined) throw new Error(`bug: no event is called ${type}`);
  return definition;
}

/** What happened, in one sentence without markup. */
export function describeEvent(event: Event): string {
  return plainWords(definitionOf(event).describe(event));
}

/** The same sentence for a chat, where each reader has the times of their own zone. */
export function describeInChat(event: Event): TextLike {
  return definitionOf(event).describe(event);
}
