import { decideInTurn, type Context } from "#domain/events/decision.ts";
import type { Fact } from "#domain/events/event-registry.ts";
import type { Incident } from "#domain/incident/incident.ts";
import { escalationOf, escalationOfPage, type EscalationKey } from "#domain/incident/team-escalation.ts";
import { expireAnswers } from "./acknowledgement-expiry.ts";
import { callTeam } from "./calls.ts";
import { rearmEscalation, restartPaging } from "./escalation.ts";
import { isPageOfEpisode } from "./page-episode.ts";
import { teamsWithoutOwner } from "./someone-has-it.ts";

/**
 * Gives each team that no one has an escalation again. One that was never called is called now; for one whose deadline was
 * lost a new one is set. `owners`: the teams that own an alert which fires here at a priority that pages.
 */
export function repairEscalations(
  incident: Incident,
  owners: readonly (string | null)[],
  ctx: Context,
): readonly Fact[] {
  return decideInTurn(
    incident,
    ctx,
    teamsWithoutOwner(incident, owners, ctx.now).map(
      (key) => (now: Incident, counting: Context) => repair(now, key, counting),
    ),
  );
}

function repair(incident: Incident, key: EscalationKey, ctx: Context): readonly Fact[] {
  const escalation = escalationOf(incident, key);
  const until = key === null ? incident.ackUntil : (escalation?.answered?.until ?? null);
  if (escalation !== null && escalation.next === null && escalation.answered !== null && until !== null)
    return expireAnswers(incident, until, ctx);
  const paged = incident.pages.some((page) => escalationOfPage(page) === key && isPageOfEpisode(page, incident));
  if (escalation !== null && paged) return rearmEscalation(incident, ctx, key);
  const reason = "an alert fires and nobody was looked for";
  return key === null ? restartPaging(incident, reason, ctx) : callTeam(incident, key, reason, ctx, { alerts: true });
}
