import { armRecheck } from "#domain/alerting/recheck.ts";
import { acceptDecision, applyFacts, refuseDecision, type Context, type Decision } from "#domain/events/decision.ts";
import type { Fact } from "#domain/events/event-registry.ts";
import { rememberedVerbs, UNDO_WITHIN_MS } from "#domain/events/undo.ts";
import type { Incident, Undo } from "#domain/incident/incident.ts";
import { fieldsRestored, partsOverlap, restoredParts } from "#domain/incident/restorable-parts.ts";
import { escalationOf, listEscalations } from "#domain/incident/team-escalation.ts";
import { rearmEscalation } from "#domain/paging/escalation.ts";
import { isPageOfEpisode } from "#domain/paging/page-episode.ts";
import { formatDuration } from "#domain/values/duration.ts";
import { incidentId, isOpen, ROLES, type Person } from "#domain/values/language.ts";
import { oneLine } from "#domain/values/text.ts";
import { reopenEndedPages } from "./reopened-pages.ts";
import { isSamePerson } from "#domain/policy/people.ts";

/**
 * Takes back the last verb of the person who asks: what it changed, and what followed from that. Others' verbs stay, and one
 * that someone has built on since is refused with the name of that person.
 */
export function undoLastVerb(incident: Incident, ctx: Context): Decision {
  const recent = rememberedVerbs(incident).filter(({ at }) => ctx.now - at <= UNDO_WITHIN_MS);
  const last = recent.findLast(({ by }) => isSamePerson(ctx.policy, by, ctx.actor));
  if (last === undefined) return refuseDecision(nothingToUndo(incident, recent));
  if (last.final === true) return refuseDecision(last.refusal ?? "That cannot be undone.");
  const parts = restoredParts(last);
  const later = recent
    .slice(recent.indexOf(last) + 1)
    .find(
      (each) => each.final !== true && restoredParts(each).some((part) => parts.some((own) => partsOverlap(own, part))),
    );
  if (later !== undefined)
    return refuseDecision(
      `${later.by.name} has changed the same since: ${oneLine(later.what, 200)}. ${later.by.name} must undo that first.`,
    );
  // Its author is the one who takes it back.
  const what = last.what.replaceAll(` by ${last.by.name}`, "");
  return acceptDecision(takeBack(incident, { ...last, what }, ctx));
}

function nothingToUndo({ number }: Incident, recent: readonly Undo[]): string {
  const other = recent.findLast(({ final }) => final !== true);
  const id = incidentId(number);
  return other === undefined
    ? `There is nothing to undo in ${id}: only verbs of the last ${formatDuration(UNDO_WITHIN_MS)} can be undone.`
    : `You did nothing in ${id} in the last ${formatDuration(UNDO_WITHIN_MS)}. Only ${other.by.name} can undo the last verb: ${oneLine(other.what, 200)}.`;
}

/** A merge is taken back, however long ago it was: the incident is as it was before, and has what it gave. */
export function unmergeIncident(incident: Incident, ctx: Context): Decision {
  const { status, mergedInto, beforeMerge, number } = incident;
  if (status !== "merged" || mergedInto === null)
    return refuseDecision(`${incidentId(number)} is not merged: it is ${status}.`);
  // An earlier version kept it for as long as nothing else was done.
  const merge = rememberedVerbs(incident).find(({ restore }) => restore.mergedInto === null);
  const restore = beforeMerge ?? merge?.restore;
  if (restore === undefined)
    return refuseDecision(`${incidentId(number)} was merged by an earlier version of Muster: \`declare\` it again.`);
  const what = `Merged into ${incidentId(mergedInto)}`;
  const command = merge?.command ?? "";
  return acceptDecision(takeBack(incident, { what, restore, strikes: [], withdraws: [], command }, ctx));
}

/** The facts that put back what a verb changed. */
function takeBack(
  incident: Incident,
  last: Pick<Undo, "what" | "restore" | "entries" | "strikes" | "withdraws" | "answers" | "command">,
  ctx: Context,
): readonly Fact[] {
  const restore = fieldsRestored(incident, last);
  const after: Incident = { ...incident, ...restore };
  const regained = ROLES.filter(
    (role) => after.roles[role] !== null && !isSameHolder(ctx, after.roles[role], incident.roles[role]),
  );
  const facts: Fact[] = [];
  const reopens = isOpen(after.status) && !isOpen(incident.status);
  // First open again, which starts a new episode for the pager, then as it was.
  if (reopens)
    facts.push({
      type: "incident.reopened",
      data: { status: after.status, reason: `${ctx.actor.name} undid: ${last.what}` },
    });
  const { what, strikes: struckOut, withdraws, answers, command } = last;
  facts.push({
    type: "verb.undone",
    data: {
      what,
      was: incident.status,
      restore,
      strikes: [...struckOut],
      withdraws: [...withdraws],
      ...(answers === undefined ? {} : { answers: [...answers] }),
      ...(regained.length > 0 ? { regained } : {}),
      undone: command,
    },
  });
  // The incident has ended again, and what fires must be looked at again.
  if (!isOpen(after.status)) facts.push(...armRecheck(applyFacts(incident, facts, ctx), ctx));
  if (isOpen(after.status)) facts.push(...rearmRestored(incident, applyFacts(incident, facts, ctx), ctx));
  // The pages of one that was merged come back with their alarms.
  if (reopens && incident.status !== "merged")
    facts.push(...reopenClosed(incident, applyFacts(incident, facts, ctx), `${ctx.actor.name} undid: ${what}`, ctx));
  return facts;
}

/** Whether a role is with the same person, or with no one, before and after. */
function isSameHolder({ policy }: Context, before: Person | null, after: Person | null): boolean {
  return before === null ? after === null : isSamePerson(policy, before, after);
}

/**
 * Escalations that run again after an undo: a step that was due meanwhile, or that nothing is due for, is set again. What has
 * begun since the undone verb, as when the answer expired, is not put off by that.
 */
function rearmRestored(undone: Incident, after: Incident, ctx: Context): readonly Fact[] {
  return listEscalations(after).flatMap(([key, { next, answered }]) => {
    const spent = next !== null && next.at <= ctx.now;
    const unanswered = next === null && (key === null ? after.status === "triggered" : answered === null);
    if (!spent && !unanswered) return [];
    const running = escalationOf(undone, key)?.next?.at ?? Infinity;
    return rearmEscalation(after, ctx, key, Math.max(0, running - ctx.now));
  });
}

/** Pages of the episode that had ended: those whose alarms the end closed are asked for again where no one has answered. */
function reopenClosed(ended: Incident, now: Incident, reason: string, ctx: Context): readonly Fact[] {
  const pages = now.pages.filter((page) => page.carriedTo === undefined && isPageOfEpisode(page, ended));
  return reopenEndedPages(now, pages, oneLine(reason, 300), ctx);
}
