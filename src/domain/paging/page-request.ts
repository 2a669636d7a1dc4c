import type { Context } from "#domain/events/decision.ts";
import type { Fact } from "#domain/events/event-registry.ts";
import type { Incident } from "#domain/incident/incident.ts";
import type { PageCallWords } from "#domain/incident/page.ts";
import { isSamePerson } from "#domain/policy/people.ts";
import { priorityRank } from "#domain/values/language.ts";
import { nextPageKey } from "./page-key.ts";
import { namedStep, type NamedStep } from "./next-step.ts";

/**
 * How a page is asked for. `apart`: for a person alone, part of no escalation. `wanted`: a person asks for it, whatever the
 * limit. `team`: of another team's escalation. `call`: who asks for it, and what they write.
 */
export type PageKind = {
  readonly apart?: true;
  readonly wanted?: boolean;
  readonly team?: string;
  readonly call?: PageCallWords;
};

/** How a page of an escalation is asked for. `wanted`: a person asks, whatever the limit; `call`: who, and with which words. */
export type RequestedBy = Pick<PageKind, "wanted" | "call">;

/** A page, and whether it reaches anyone besides by the pager: no one of whom it is for may be left below the limit. */
export type RequestedPage = { readonly facts: readonly Fact[]; readonly throttled: boolean };

/**
 * Asks for a page. People who were paged as often as the policy allows, as urgently or more, and have not answered get
 * no direct message, except for a P0 or because a person asked for it; the pager is asked all the same, its own rules
 * decide there.
 */
export function requestPage(
  incident: Incident,
  step: NamedStep,
  reason: string,
  ctx: Context,
  { apart, wanted = false, team, call }: PageKind,
): RequestedPage {
  const { perPerson } = ctx.policy.paging;
  const rank = priorityRank(incident.priority);
  const unanswered = (id: string): number =>
    (ctx.woken ?? []).filter(
      ({ person, priority }) => person === id && priority !== null && priorityRank(priority) <= rank,
    ).length;
  const held = incident.priority === "P0" || wanted ? [] : step.people.filter(({ id }) => unanswered(id) >= perPerson);
  const chat = step.people.flatMap((person) =>
    person.chatId === null || held.includes(person) ? [] : [person.chatId],
  );
  const requested: Fact = {
    type: "page.requested",
    data: {
      key: nextPageKey(incident, ctx),
      to: step.to,
      people: step.people.map(({ id }) => id),
      priority: incident.priority,
      reason,
      ...(chat.length > 0 ? { chat } : {}),
      ...(apart === true ? { apart } : {}),
      ...(team === undefined ? {} : { team }),
      ...(held.length > 0 ? { held: held.map(({ id }) => id) } : {}),
      ...(call === undefined ? {} : { call }),
    },
  };
  if (held.length === 0) return { facts: [requested], throttled: false };
  const people = held.map(({ name }) => name);
  return {
    facts: [requested, { type: "page.held", data: { to: step.to, people, reason } }],
    throttled: held.length === step.people.length,
  };
}

/** A step without the person whose verb leads to it: no one is paged for what they do themselves. null: no one is left. */
export function withoutActor(step: NamedStep, { actor, policy }: Pick<Context, "actor" | "policy">): NamedStep | null {
  if (actor.kind !== "person") return step;
  const others = step.people.filter((person) => !isSamePerson(policy, person, actor));
  if (others.length === step.people.length) return step;
  return others.length === 0 ? null : namedStep(step.to, others);
}
