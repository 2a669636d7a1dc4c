import type { Context, Decision } from "./decision.ts";
import type { Fact } from "./event.ts";
import type { Incident } from "./incident.ts";
import { rearm } from "./escalation.ts";
import { incidentId, isOpen } from "./language.ts";

/** How long a verb can be taken back, in ms: as long as a slip is noticed, and before others have built on it. */
const UNDO_WITHIN = 10 * 60_000;

/** Takes the last verb back: what it changed, and what followed from that. */
export function takeBack(incident: Incident, ctx: Context): Decision {
  const { undo: last } = incident;
  if (last === null || ctx.now - last.at > UNDO_WITHIN)
    return { ok: false, refusal: `There is nothing to take back in ${incidentId(incident.number)}: only the last verb of the last 10 minutes can be.` };
  const after = { ...incident, ...last.restore };
  const facts: Fact[] = [];
  const reopens = isOpen(after.status) && !isOpen(incident.status);
  // First open again, which starts a new episode for the pager, then as it was.
  if (reopens) facts.push({ type: "incident.reopened", data: { status: after.status, reason: `${ctx.actor.name} took back: ${last.what}` } });
  facts.push({ type: "verb.undone", data: { what: last.what, was: incident.status, restore: last.restore, strikes: last.strikes, withdraws: last.withdraws } });
  if (after.status === "triggered" && incident.status !== "triggered") facts.push(...rearm(after, ctx));
  return { ok: true, facts };
}
