import { acceptDecision, applyFacts, refuseDecision, type Context, type Decision } from "#domain/events/decision.ts";
import type { Fact } from "#domain/events/event-registry.ts";
import type { Incident } from "#domain/incident/incident.ts";
import { acknowledgeIncident, answerNamedPage } from "#domain/paging/page-answers.ts";
import { MINUTE_MS } from "#domain/values/duration.ts";
import { formatUtcTime } from "#domain/values/instant.ts";
import { incidentId, isOpen, ROLE_TITLES, type Person, type Role } from "#domain/values/language.ts";
import { isSamePerson } from "#domain/policy/people.ts";

/** ms out of the channel after which a commander who was asked to hand over, and did not, has gone. */
const GONE_MS = 5 * MINUTE_MS;

function isGone({ commanderAway }: Incident, { now }: Context): boolean {
  return commanderAway !== null && now - commanderAway >= GONE_MS;
}

/**
 * Someone takes a role under a page, which that answers. It answers the page even when someone else has the role: the
 * person who presses is there, and the reply names both. `under`: the key of the page; undefined: there was none.
 */
export function claimRoleUnder(incident: Incident, under: string | undefined, role: Role, ctx: Context): Decision {
  const claimed = claimRole(incident, role, ctx);
  if (under === undefined) return claimed;
  const after = claimed.ok ? applyFacts(incident, claimed.facts, ctx) : incident;
  const answered = answerNamedPage(after, under, ctx);
  if (claimed.ok) return acceptDecision([...claimed.facts, ...answered]);
  if (answered.length === 0) return claimed;
  const refused: Fact = { type: "command.refused", data: { command: "role.claim", reason: claimed.refusal } };
  return acceptDecision([...answered, refused]);
}

/** Someone takes a role that no one has, or command from who left with it and did not answer. */
function claimRole(incident: Incident, role: Role, ctx: Context): Decision {
  const holder = incident.roles[role];
  if (isSamePerson(ctx.policy, holder, ctx.actor)) return refuseDecision(`You already are ${ROLE_TITLES[role]}.`);
  if (holder !== null && !(role === "commander" && isGone(incident, ctx))) {
    const { commanderAway } = incident;
    const later =
      role !== "commander" || commanderAway === null
        ? ""
        : ` They left the channel: from ${formatUtcTime(commanderAway + GONE_MS)} UTC on whoever is here can take it.`;
    return refuseDecision(`${holder.name} is ${ROLE_TITLES[role]}. Ask them to hand over.${later}`);
  }
  return acceptDecision(assignmentFacts(incident, role, personOf(ctx), ctx));
}

/** Someone gives a role to someone, or to no one. Command is not taken from who has it: they hand it over. */
export function assignRole(incident: Incident, role: Role, person: Person | null, ctx: Context): Decision {
  const holder = incident.roles[role];
  if (person === null ? holder === null : isSamePerson(ctx.policy, holder, person))
    return refuseDecision(
      person === null ? `No one is ${ROLE_TITLES[role]}.` : `${person.name} already is ${ROLE_TITLES[role]}.`,
    );
  if (role === "commander" && holder !== null && !isSamePerson(ctx.policy, holder, ctx.actor))
    return refuseDecision(
      `${holder.name} is ${ROLE_TITLES[role]}. They hand over with \`handoff @USER\`; without them, ask who runs Muster.`,
    );
  if (role === "commander" && holder !== null && person !== null)
    return refuseDecision(`Command is handed over, not given away: \`handoff @USER\`. You have it until they take it.`);
  return acceptDecision(
    person === null
      ? [{ type: "role.assigned", data: { role, person: null, ...(role === "commander" ? offerOf(incident) : {}) } }]
      : assignmentFacts(incident, role, person, ctx),
  );
}

/** The first half of a hand-over: an offer. */
export function offerHandoff(incident: Incident, to: Person, ctx: Context): Decision {
  const { commander } = incident.roles;
  if (commander === null)
    return refuseDecision(`No one has command of ${incidentId(incident.number)}: \`ic @USER\` gives it.`);
  if (!isSamePerson(ctx.policy, commander, ctx.actor))
    return refuseDecision(`${commander.name} has command, and only they can hand it over.`);
  if (isSamePerson(ctx.policy, to, commander)) return refuseDecision("You already have command.");
  const other: Fact[] =
    incident.handoff === null || isSamePerson(ctx.policy, incident.handoff.to, to)
      ? []
      : [{ type: "handoff.ended", data: { to: incident.handoff.to, how: "withdrawn", ...offerOf(incident) } }];
  if (isSamePerson(ctx.policy, incident.handoff?.to, to))
    return refuseDecision(`${to.name} was offered command already and has not answered yet.`);
  return acceptDecision([...other, { type: "handoff.offered", data: { to } }]);
}

function noOfferRefusal({ number, roles: { commander } }: Incident): string {
  return `${incidentId(number)} has no open offer of command${commander === null ? "" : `: ${commander.name} has it`}.`;
}

/** The second half: it is accepted, and only now the old commander loses the role. */
export function acceptHandoff(incident: Incident, ctx: Context): Decision {
  const { handoff } = incident;
  if (handoff === null || !isOpen(incident.status)) return refuseDecision(noOfferRefusal(incident));
  if (!isSamePerson(ctx.policy, handoff.to, ctx.actor))
    return refuseDecision(`Only ${handoff.to.name} can accept this offer.`);
  return acceptDecision(assignmentFacts(incident, "commander", personOf(ctx), ctx));
}

/** The offer is declined by its recipient, or withdrawn by its author. */
export function declineHandoff(incident: Incident, ctx: Context): Decision {
  const { handoff } = incident;
  if (handoff === null) return refuseDecision(noOfferRefusal(incident));
  const how = isSamePerson(ctx.policy, handoff.to, ctx.actor)
    ? "declined"
    : isSamePerson(ctx.policy, handoff.from, ctx.actor)
      ? "withdrawn"
      : null;
  if (how === null) return refuseDecision(`The hand-over is between ${handoff.from.name} and ${handoff.to.name}.`);
  return acceptDecision([{ type: "handoff.ended", data: { to: handoff.to, how, ...offerOf(incident) } }]);
}

/** A new commander has seen the alert: no one else needs to be paged for it. */
function assignmentFacts(incident: Incident, role: Role, person: Person, ctx: Context): readonly Fact[] {
  const offer = role === "commander" ? offerOf(incident) : {};
  const assigned: Fact = { type: "role.assigned", data: { role, person, ...offer } };
  return role === "commander" && incident.status === "triggered"
    ? [acknowledgeIncident(incident, ctx), assigned]
    : [assigned];
}

/** The event of the offer that is open, as a field of what ends it; none where there is no offer. */
function offerOf({ handoff }: Incident): { readonly offer?: number } {
  return handoff?.seq === undefined ? {} : { offer: handoff.seq };
}

function personOf({ actor }: Context): Person {
  return { id: actor.id, name: actor.name };
}
