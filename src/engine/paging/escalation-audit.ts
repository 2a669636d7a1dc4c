import { firingFingerprints, firingLabels, openPagingIncidents } from "#db/watch/firing-alerts.ts";
import type { StoredIncident } from "#db/incidents.ts";
import type { Incident } from "#domain/incident/incident.ts";
import type { EscalationKey } from "#domain/incident/team-escalation.ts";
import { createSubmission } from "#domain/commands/submission.ts";
import { resolveTeam } from "#domain/alerting/routing.ts";
import { teamsWithoutOwner } from "#domain/paging/someone-has-it.ts";
import { MINUTE_MS } from "#domain/values/duration.ts";
import { formatIso } from "#domain/values/instant.ts";
import { incidentId, incidentNumber, MUSTER_ACTOR, PRIORITIES } from "#domain/values/language.ts";
import { createSelfAlert } from "#engine/alerting/self-alerts.ts";
import type { Engine } from "#engine/base/engine.ts";
import type { SubmitCommand } from "#engine/base/submit.ts";

/**
 * Looks for teams that own a firing alert which no one has and that nothing will wake anyone for, by whatever fault. Each
 * gets its escalation back; the metrics, the log and an alert about Muster itself say that it was needed. To be called every
 * minute, by any number of processes.
 *
 * @returns how many incidents had such a team
 */
export async function auditEscalations(engine: Engine, submit: SubmitCommand): Promise<number> {
  const now = engine.clock();
  const repaired = new Set<number>();
  for await (const page of openPagingIncidents(engine.connection.db)) {
    const owners = await teamsOf(engine, page);
    for (const { state, earlier } of page) {
      const teams = owners.get(state.number) ?? [];
      const lost = teamsWithoutOwner(state, teams, now);
      if (lost.length === 0) continue;
      repaired.add(state.number);
      await repair(engine, submit, state.number, teams);
      if (earlier) engine.log.info({ incident: state.number }, "an escalation of an earlier version goes on");
      else await reportRepair(engine, submit, state, lost);
    }
  }
  await endRepairAlerts(engine, submit, repaired);
  engine.observe({ step: "escalation.audited", repaired: repaired.size });
  return repaired.size;
}

/** The teams that own an alert which fires in each incident at a priority that pages. */
async function teamsOf(
  { connection, policy: current }: Engine,
  incidents: readonly StoredIncident[],
): Promise<ReadonlyMap<number, readonly string[]>> {
  const policy = current();
  const paging = PRIORITIES.filter((priority) => policy.priorities[priority].page !== "none");
  const numbers = incidents.map(({ state }) => state.number);
  const teams = new Map<number, Set<string>>();
  for (const { incident, labels } of await firingLabels(connection.db, numbers, paging)) {
    const { team } = resolveTeam(policy, labels);
    if (team !== null) teams.set(incident, (teams.get(incident) ?? new Set()).add(team));
  }
  return new Map([...teams].map(([incident, names]) => [incident, [...names]]));
}

async function repair(
  engine: Engine,
  submit: SubmitCommand,
  incident: number,
  teams: readonly string[],
): Promise<void> {
  const now = engine.clock();
  await submit(
    createSubmission({
      key: `audit:INC-${incident}:${Math.floor(now / MINUTE_MS)}`,
      urgency: 0,
      at: now,
      body: { type: "incident", incident, command: { type: "escalation.audit", teams: [...teams] } },
    }),
  );
}

/** Whoever runs Muster hears of the fault. */
async function reportRepair(
  engine: Engine,
  submit: SubmitCommand,
  { number, route }: Incident,
  lost: readonly EscalationKey[],
): Promise<void> {
  const now = engine.clock();
  const teams = lost.map((team) => team ?? route.team ?? "its own team");
  engine.log.error({ incident: number, teams }, "an incident had lost its escalation deadline; set again");
  const description = `Its alerts fired and nothing was due that pages ${teams.join(", ")}. They are looked for again since ${formatIso(now)}. Look at the incident, and report the fault with its timeline.`;
  await submit(createSelfAlert({ ...repairAlert(number), status: "firing", description }, now));
}

const ALERTNAME = "MusterEscalationLost";

function repairAlert(incident: number): Pick<Parameters<typeof createSelfAlert>[0], "alertname" | "id" | "summary"> {
  return {
    alertname: ALERTNAME,
    id: incidentId(incident),
    summary: `${incidentId(incident)} was with no one: Muster had lost an escalation and set it again`,
  };
}

/** What was repaired, and was found whole by a later audit, is over. */
async function endRepairAlerts(engine: Engine, submit: SubmitCommand, repaired: ReadonlySet<number>): Promise<void> {
  const now = engine.clock();
  const prefix = `muster-${ALERTNAME}-`;
  for (const fingerprint of await firingFingerprints(engine.connection.db, MUSTER_ACTOR.id, prefix)) {
    const incident = incidentNumber(fingerprint.slice(prefix.length));
    if (incident === null || repaired.has(incident)) continue;
    const description = "The escalation goes on.";
    await submit(createSelfAlert({ ...repairAlert(incident), status: "resolved", description }, now));
  }
}
