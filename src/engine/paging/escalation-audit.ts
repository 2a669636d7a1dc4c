import { createHash } from "node:crypto";
import { loadArrangements } from "#db/arrangements/arrangements.ts";
import { readHeartbeat, recordHeartbeat } from "#db/watch/heartbeats.ts";
import { firingFingerprints, firingLabels, openPagingIncidents } from "#db/watch/firing-alerts.ts";
import type { StoredIncident } from "#db/incidents.ts";
import type { Silence } from "#domain/incident/arrangement.ts";
import { findActiveSilence } from "#domain/alerting/silence.ts";
import type { Incident } from "#domain/incident/incident.ts";
import { escalationOf, type EscalationKey } from "#domain/incident/team-escalation.ts";
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
 * Looks for teams that own a firing alert which no one has and that nothing will wake anyone for, by whatever fault.
 * Each gets its escalation back; the metrics, the log and an alert about Muster itself report that it was needed. A team to
 * which an edit of the policy has given such alerts is called as well, and that is no fault. To be called every minute, by
 * any number of processes.
 * @returns how many incidents had such a team by a fault
 */
export async function auditEscalations(engine: Engine, submit: SubmitCommand): Promise<number> {
  const now = engine.clock();
  const repaired = new Set<number>();
  const ownership = await readOwnership(engine);
  const { silences } = await loadArrangements(engine.connection.db, now - RECENTLY_MS, now);
  for await (const page of openPagingIncidents(engine.connection.db)) {
    const owners = await teamsOf(engine, page, silences);
    for (const { state, earlier } of page) {
      const { teams, silenced } = owners.get(state.number) ?? NO_OWNERS;
      const lost = teamsWithoutOwner(state, teams, now);
      if (lost.length === 0) continue;
      await repair(engine, submit, state.number, teams);
      const given = lost.filter(
        (key) => key !== null && ((ownership.edited && escalationOf(state, key) === null) || silenced.includes(key)),
      );
      if (given.length > 0)
        engine.log.info(
          { incident: state.number, teams: given },
          "alerts of these teams fire since an edit of the policy, or the end of a mute or a maintenance window",
        );
      if (given.length === lost.length) continue;
      repaired.add(state.number);
      if (earlier) engine.log.info({ incident: state.number }, "an escalation of an earlier version goes on");
      else
        await reportRepair(
          engine,
          submit,
          state,
          lost.filter((key) => !given.includes(key)),
        );
    }
  }
  if (ownership.isNews) await recordHeartbeat(engine.connection.db, "owners", now, ownership.note);
  await endRepairAlerts(engine, submit, repaired);
  engine.observe({ step: "escalation.audited", repaired: repaired.size });
  return repaired.size;
}

/**
 * What decides which team owns an alert, as the policy has it now. `edited`: it was something else at the last audit, of
 * whichever process and however long ago.
 */
async function readOwnership({
  connection,
  policy,
}: Engine): Promise<{ readonly note: string; readonly isNews: boolean; readonly edited: boolean }> {
  const { teams, services, defaultTeam, exporters } = policy();
  const owned = Object.entries(services).map(([name, { team, match }]) => [name, team, match?.texts]);
  const note = createHash("sha256")
    .update(JSON.stringify([Object.keys(teams), owned, defaultTeam, exporters]))
    .digest("hex");
  const before = (await readHeartbeat(connection.db, "owners"))?.note ?? null;
  return { note, isNews: before !== note, edited: before !== null && before !== note };
}

/**
 * To be called at the start: what decides which team owns an alert is recorded where it never was, so that an edit before the
 * first audit is known as one.
 */
export async function recordFirstOwnership(engine: Engine): Promise<void> {
  const { note, isNews, edited } = await readOwnership(engine);
  if (isNews && !edited) await recordHeartbeat(engine.connection.db, "owners", engine.clock(), note);
}

/** The teams that own an alert of an incident. `silenced`: those of which one was silenced until recently. */
type AlertOwners = { readonly teams: readonly string[]; readonly silenced: readonly string[] };

const NO_OWNERS: AlertOwners = { teams: [], silenced: [] };

/** How long after the end of a silence it is that which gave a team its alert, in ms: some audits. */
const RECENTLY_MS = 5 * MINUTE_MS;

/** The teams that own an alert which fires in each incident at a priority that pages, and is not silenced. */
async function teamsOf(
  { connection, policy: current, clock }: Engine,
  incidents: readonly StoredIncident[],
  silences: readonly Silence[],
): Promise<ReadonlyMap<number, AlertOwners>> {
  const [policy, now] = [current(), clock()];
  const paging = PRIORITIES.filter((priority) => policy.priorities[priority].page !== "none");
  const numbers = incidents.map(({ state }) => state.number);
  const owners = new Map<number, AlertOwners>();
  for (const { incident, labels } of await firingLabels(connection.db, numbers, paging)) {
    const { team } = resolveTeam(policy, labels);
    if (team === null || findActiveSilence(policy, silences, labels, now) !== null) continue;
    const { teams, silenced } = owners.get(incident) ?? NO_OWNERS;
    const wasSilenced = findActiveSilence(policy, silences, labels, now - RECENTLY_MS) !== null;
    owners.set(incident, {
      teams: teams.includes(team) ? teams : [...teams, team],
      silenced: wasSilenced ? [...silenced, team] : silenced,
    });
  }
  return owners;
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

/** Alerts the operators of Muster about the fault. */
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

/** Ends the alert about a repair when a later audit finds the incident intact. */
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
