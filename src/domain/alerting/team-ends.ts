import type { AlertsChanged, Context } from "#domain/events/decision.ts";
import type { Fact } from "#domain/events/event-registry.ts";
import type { EscalationState } from "#domain/incident/escalation-state.ts";
import type { Incident } from "#domain/incident/incident.ts";
import { isPageOfEpisode } from "#domain/paging/page-episode.ts";
import { isOpen, type Instant } from "#domain/values/language.ts";
import { resolveTeam } from "./routing.ts";

/**
 * Ends the escalations of other teams whose alerts have all resolved while the incident goes on, so that they wake no
 * one. An answer is left alone until it expires. A team that someone called is needed until it answers, whatever fires;
 * so is the incident's own, which answers for the incident as a whole. Does nothing where the alerts were not looked
 * up, or where a delivery left some out. `changes`: what became of alerts and is not stored yet.
 */
export function endQuietTeams(
  incident: Incident,
  { changes }: Pick<AlertsChanged, "changes">,
  ctx: Context,
): readonly Fact[] {
  const { number, status, teamEscalations, truncated } = incident;
  const looked = Object.entries(teamEscalations).filter(([, escalation]) => wouldPage(escalation, ctx.now));
  if (!isOpen(status) || looked.length === 0 || Object.keys(truncated).length > 0) return [];
  const stored = ctx.firingAlerts?.(number) ?? null;
  if (stored === null) return [];
  const changed = changes.map(({ alert }) => alert);
  const isChanged = new Set(changed.map(({ source, fingerprint }) => `${source} ${fingerprint}`));
  const firing = [
    ...stored.filter(({ source, fingerprint }) => !isChanged.has(`${source} ${fingerprint}`)),
    ...changed.filter((alert) => alert.status === "firing"),
  ];
  const teams = new Set(firing.map(({ labels }) => resolveTeam(ctx.policy, labels).team));
  return looked
    .filter(([team]) => !teams.has(team))
    .map(([team, escalation]) => ended(incident, team, escalation, ctx));
}

/** Whether it will page, or its answer has expired, because of alerts. */
function wouldPage({ ofAlerts, next, answered }: EscalationState, now: Instant): boolean {
  return ofAlerts === true && (next !== null || hasExpired(answered, now));
}

function hasExpired(answered: EscalationState["answered"], now: Instant): boolean {
  return answered !== null && answered.until !== null && answered.until <= now;
}

function ended(incident: Incident, team: string, { answered }: EscalationState, { now }: Context): Fact {
  if (answered !== null && !hasExpired(answered, now))
    return { type: "escalation.ended", data: { team, pages: [], answered: answered.by } };
  const pages = incident.pages.filter(
    (page) =>
      page.team === team &&
      isPageOfEpisode(page, incident) &&
      page.status !== "failed" &&
      page.status !== "canceled" &&
      page.status !== "resolved",
  );
  return { type: "escalation.ended", data: { team, pages: pages.map(({ key }) => key) } };
}
