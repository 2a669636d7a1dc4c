import { armRecheck } from "#domain/alerting/recheck.ts";
import { applyFacts, type Context, type Decision } from "#domain/events/decision.ts";
import type { Fact } from "#domain/events/event-registry.ts";
import type { Incident } from "#domain/incident/incident.ts";
import { listEscalations } from "#domain/incident/team-escalation.ts";
import { rearmEscalation } from "#domain/paging/escalation.ts";
import { MINUTE_MS } from "#domain/values/duration.ts";
import { incidentId, isOpen, ROLES } from "#domain/values/language.ts";

/** How long a verb can be taken back, in ms: as long as a slip is noticed, and before others have built on it. */
const UNDO_WITHIN = 10 * MINUTE_MS;

/** Takes the last verb back: what it changed, and what followed from that. */
export function undoLastVerb(incident: Incident, ctx: Context): Decision {
  const { undo: last } = incident;
  if (last === null || last.final === true || ctx.now - last.at > UNDO_WITHIN)
    return {
      ok: false,
      refusal: `There is nothing to take back in ${incidentId(incident.number)}: only the last verb of the last 10 minutes can be.`,
    };
  const after: Incident = { ...incident, ...last.restore };
  const { commander } = incident.roles;
  // Command changes hands only by the hands that it is in.
  if (after.roles.commander?.id !== commander?.id && ctx.actor.id !== last.by.id && ctx.actor.id !== commander?.id)
    return {
      ok: false,
      refusal: `That would change who has command: only ${last.by.name} can take it back${commander === null || commander.id === last.by.id ? "" : `, or ${commander.name}`}.`,
    };
  const regained = ROLES.filter(
    (role) => after.roles[role] !== null && after.roles[role].id !== incident.roles[role]?.id,
  );
  const facts: Fact[] = [];
  const reopens = isOpen(after.status) && !isOpen(incident.status);
  // First open again, which starts a new episode for the pager, then as it was.
  if (reopens)
    facts.push({
      type: "incident.reopened",
      data: { status: after.status, reason: `${ctx.actor.name} took back: ${last.what}` },
    });
  const { what, restore, strikes: struckOut, withdraws, answers } = last;
  facts.push({
    type: "verb.undone",
    data: {
      what,
      was: incident.status,
      restore,
      strikes: struckOut,
      withdraws,
      ...(answers === undefined ? {} : { answers: [...answers] }),
      ...(regained.length > 0 ? { regained } : {}),
    },
  });
  // It is over again, and what fires must be looked at again.
  if (!isOpen(after.status)) facts.push(...armRecheck(applyFacts(incident, facts, ctx), ctx));
  if (isOpen(after.status)) facts.push(...rearmRestored(applyFacts(incident, facts, ctx), ctx));
  return { ok: true, facts };
}

/** Escalations that run again after an undo: a step that was due meanwhile, or that nothing is due for, is set anew. */
function rearmRestored(after: Incident, ctx: Context): readonly Fact[] {
  return listEscalations(after).flatMap(([key, { next, answered }]) => {
    const spent = next !== null && next.at <= ctx.now;
    const unanswered = next === null && (key === null ? after.status === "triggered" : answered === null);
    return spent || unanswered ? rearmEscalation(after, ctx, key) : [];
  });
}
