import type { Context } from "#domain/events/decision.ts";
import type { Event, Fact, FactType } from "#domain/events/event-registry.ts";
import type { ImportedMessage } from "#domain/incident/schemas.ts";
import type { DefinitionIn } from "#domain/values/definition-index.ts";
import { anIncident } from "./incidents.ts";
import { NOW } from "./instants.ts";
import { ALICE, BOB } from "./people.ts";
import { aPolicy, STAFFED_POLICY } from "./policies.ts";

/** Builders of what happened, and of the moment in which it is decided. */

/** The fact that opens INC-1. */
export function openedFact(overrides: Partial<Extract<Fact, { type: "incident.opened" }>["data"]> = {}): Fact {
  const { number, key, title, priority, priorityReason, unmapped, plan, route, drill, detectedAt, links, ...rest } =
    anIncident(overrides.priority === undefined ? {} : { priority: overrides.priority });
  return {
    type: "incident.opened",
    data: {
      number,
      key,
      title,
      priority,
      priorityReason,
      unmapped,
      plan,
      route,
      drill,
      private: rest.private,
      detectedAt,
      links,
      ...overrides,
    },
  };
}

/** The types of the events that files of definitions export. */
export type FactTypeIn<Definitions extends object> = Extract<
  DefinitionIn<Definitions>,
  { readonly type: FactType }
>["type"];

export type EventOverrides = Partial<Pick<Event, "seq" | "at" | "recordedAt" | "actor" | "evidence">>;

export function anEvent(fact: Fact, overrides: EventOverrides = {}): Event {
  return {
    ...fact,
    seq: 1,
    at: NOW,
    recordedAt: NOW,
    actor: ALICE,
    evidence: { command: "command 1", permalink: null },
    ...overrides,
  };
}

export function aContext(overrides: Partial<Context> = {}): Context {
  return { now: NOW, actor: ALICE, policy: aPolicy(STAFFED_POLICY), ...overrides };
}

/** A message that someone marked for the timeline. */
export function aMessage(overrides: Partial<ImportedMessage> = {}): ImportedMessage {
  return {
    id: "1.0",
    author: { id: BOB.id, name: "Bob" },
    text: "connection pool exhausted",
    at: NOW,
    permalink: "https://example.slack.com/archives/C0INC0001/p10",
    files: [],
    ...overrides,
  };
}
