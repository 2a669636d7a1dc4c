import { acceptDecision, decideInTurn, refuseDecision, type Context, type Decision } from "#domain/events/decision.ts";
import type { Fact } from "#domain/events/event-registry.ts";
import type { Incident } from "#domain/incident/incident.ts";
import { escalationKey } from "#domain/incident/team-escalation.ts";
import { isSamePerson, knownPerson, routedPerson } from "#domain/policy/people.ts";
import type { Person } from "#domain/values/language.ts";
import { oneLine } from "#domain/values/text.ts";
import { escalateNow } from "./escalated-step.ts";
import { armEscalation, restartPaging } from "./escalation.ts";
import { requestPage, type RequestedBy } from "./page-request.ts";

/** A person or a team of the policy that someone calls. */
type PageCall = {
  readonly to: { readonly kind: "person"; readonly person: Person } | { readonly kind: "team"; readonly team: string };
  readonly message: string | null;
};

/** A person pages another separately, or a team, whose escalation runs until it answers. */
export function pageNow(incident: Incident, command: PageCall, ctx: Context): Decision {
  const { to, message } = command;
  const cause = oneLine(message ?? "", 300);
  const reason = `${ctx.actor.name} called them${cause === "" ? "" : `: ${cause}`}`;
  const call = { by: { id: ctx.actor.id, name: ctx.actor.name }, message: cause === "" ? null : cause };
  if (to.kind === "person") {
    if (isSamePerson(ctx.policy, to.person, ctx.actor)) return refuseDecision("You are here: page someone else.");
    const step = { to: to.person.name, people: [knownPerson(ctx.policy, to.person)] };
    return acceptDecision(requestPage(incident, step, reason, ctx, { apart: true, wanted: true, call }).facts);
  }
  if (!Object.hasOwn(ctx.policy.teams, to.team)) return refuseDecision(`There is no team called ${to.team}.`);
  return acceptDecision(callTeam(incident, to.team, reason, ctx, { wanted: true, call }));
}

/** How a team comes to be needed. `wanted`: a person asks for it; `alerts`: alerts of it fire, and it is needed as long as they do. */
type CallCause = RequestedBy & { readonly alerts?: true };

/** A team is needed: its escalation begins, even when someone of another team has answered. */
export function callTeam(
  incident: Incident,
  team: string | null,
  reason: string,
  ctx: Context,
  { alerts, ...asked }: CallCause = {},
): readonly Fact[] {
  const key = escalationKey(incident, team);
  const of = { ...(key === null ? {} : { team: key }), ...(alerts === undefined ? {} : { alerts }) };
  return decideInTurn(incident, ctx, [
    () => [{ type: "escalation.started", data: { reason, ...of } }],
    (now, counting) => restartPaging(now, reason, counting, key, asked),
  ]);
}

/**
 * An incident that had ended is open again: every other team that has not answered is paged from its first step, at
 * once. The step is armed as due: its timer looks up what fires, and ends the teams that own nothing of it.
 */
export function recallTeams(incident: Incident, ctx: Context): readonly Fact[] {
  if (incident.plan.page === "none") return [];
  return Object.entries(incident.teamEscalations).flatMap(([team, { next, answered }]) =>
    next === null && answered === null ? armEscalation(incident, team, 0, 0, ctx) : [],
  );
}

/** Pages the people of a runbook: a team, a person, else the next step of the incident's own escalation policy. */
export function pageForRunbook(incident: Incident, to: string, reason: string, ctx: Context): readonly Fact[] {
  const name = to.replace(/^@/, "");
  if (Object.hasOwn(ctx.policy.teams, name)) return callTeam(incident, name, reason, ctx);
  if (Object.hasOwn(ctx.policy.people, name)) {
    const person = routedPerson(ctx.policy, name);
    return requestPage(incident, { to: person.name, people: [person] }, reason, ctx, { apart: true }).facts;
  }
  return escalateNow(incident, reason, ctx);
}
