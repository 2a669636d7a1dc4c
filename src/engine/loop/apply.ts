import {
  hasPending,
  lockDecisions,
  takeCommand,
  takePending,
  tryLockDecisions,
  type PendingCommand,
} from "#db/commands.ts";
import { appendAudit } from "#db/audit/audit-entries.ts";
import type { QueryExecutor } from "#db/client.ts";
import { readsAlertsOfTeams, readsFiringAlerts } from "#domain/commands/firing-alert-reads.ts";
import { SubmissionBody } from "#domain/commands/submission.ts";
import type { CommandOutcome } from "#domain/events/command-outcome.ts";
import type { AuditEntry } from "#domain/reporting/audit-entry.ts";
import { readStoredDelivery } from "#domain/deliveries/webhook-source.ts";
import { effectDefinition } from "#domain/effects/effect-registry.ts";
import { definitionOf, describeEvent } from "#domain/events/event-registry.ts";
import { incidentId, type Instant, type Lane } from "#domain/values/language.ts";
import { groupKey } from "#domain/alerting/grouping.ts";
import { resolveTeam } from "#domain/alerting/routing.ts";
import { STORM_KEY } from "#domain/alerting/storm.ts";
import { UnitOfWork } from "#engine/base/unit-of-work.ts";
import type { Engine } from "#engine/base/engine.ts";
import { startMatchingRunbooks } from "#engine/automation/runbook-matching.ts";
import { deliveryGroup } from "#domain/alerting/truncation.ts";
import { applyCommand, type ParsedCommand } from "./apply-command.ts";
import { createBatchSize, type BatchSize } from "./batch-size.ts";
import { auditCommand } from "./audited-command.ts";
import { CommandFault, FailingCommands, insertFailureAlerts, deadLetterOutcome } from "./failing-commands.ts";

/**
 * Applies everything that is pending, the most urgent first. One process at a time decides, whichever has the lock:
 * decisions have one order, incident numbers no gaps, and two workers cannot wait for each other's rows. It is fast
 * because commands are decided in batches; the slow world outside is left to the performers, of which there are many.
 *
 * A worker that finds another deciding leaves it all the work, instead of waiting for its turn: who decides looks once
 * more after it let go of the lock, so what was stored before the other looked in vain is never left lying. When the one
 * that decides dies, the sweep finds its work.
 *
 * Rejects with an outage of the database, and with what left commands pending; both are for another try.
 */
export function createApplyWorker(engine: Engine): () => Promise<void> {
  const { db } = engine.connection;
  const size = createBatchSize();
  return async () => {
    const failing = new FailingCommands(engine, async (id) => {
      const applied = await applyBatch(engine, { lock: waitForTurn, take: (tx) => takeCommand(tx, id) });
      return applied instanceof UnitOfWork ? applied.events.length : 0;
    });
    while (engine.taking()) {
      try {
        const take = (tx: QueryExecutor): Promise<PendingCommand[]> => takePending(tx, size.units(), failing.waiting);
        const applied = await applyBatch(engine, { lock: tryLockDecisions, take }, size);
        if (applied === "busy" || (applied === "empty" && !(await hasPending(db, failing.waiting)))) break;
      } catch (error) {
        // Something in the batch fails: find it, so that it holds no one else up.
        await failing.isolate(error);
      }
    }
    failing.throwWaiting();
  };
}

async function waitForTurn(tx: QueryExecutor): Promise<true> {
  await lockDecisions(tx);
  return true;
}

type Batch = {
  readonly lock: (tx: QueryExecutor) => Promise<boolean>;
  readonly take: (tx: QueryExecutor) => Promise<readonly PendingCommand[]>;
};

/**
 * Applies what is taken in one transaction, and answers what it changed; "busy" while another process decides, "empty"
 * when there was nothing to take.
 */
async function applyBatch(
  engine: Engine,
  { lock, take }: Batch,
  size?: BatchSize,
): Promise<UnitOfWork | "busy" | "empty"> {
  const began = engine.clock();
  const { db } = engine.connection;
  const batch = await db.transaction(async (tx) => {
    if (!(await lock(tx))) return "busy";
    const pending = await take(tx);
    if (pending.length === 0) return "empty";
    engine.observe({ step: "apply.deciding", count: pending.length });
    const { unit, entries } = await decideAll(engine, tx, pending);
    await unit.save(tx, engine.clock());
    const runs = await startMatchingRunbooks(engine, tx, unit);
    // Last, because the lock of the chain is held until the commit.
    await appendAudit(tx, entries);
    engine.observe({ step: "apply.committing", count: pending.length });
    return { unit, runs, count: pending.length, weight: pending.reduce((sum, each) => sum + each.weight, 0) };
  });
  if (typeof batch === "string") return batch;
  const ms = engine.clock() - began;
  size?.took(batch.weight, ms);
  engine.observe({ step: "apply.committed", count: batch.count, ms });
  notifyWakeUps(engine, batch.unit);
  if (batch.runs) engine.wakeLane("run", { urgency: 0, delayMs: 0 });
  return batch.unit;
}

/**
 * Decides all that can be read. What cannot be read fails by itself, whatever the state and the place: it is put aside.
 * @throws CommandFault when a decision fails
 */
async function decideAll(
  engine: Engine,
  tx: QueryExecutor,
  pending: readonly PendingCommand[],
): Promise<{ readonly unit: UnitOfWork; readonly entries: readonly AuditEntry[] }> {
  const policy = engine.policy();
  const failed: { command: PendingCommand; outcome: CommandOutcome }[] = [];
  const read: ParsedCommand[] = [];
  for (const command of pending) {
    try {
      read.push(readCommand(engine, command));
    } catch (error) {
      failed.push({ command, outcome: deadLetterOutcome(engine, command, error) });
    }
  }
  const unit = await loadUnit(engine, tx, read);
  const entries: AuditEntry[] = [];
  for (const each of read) {
    try {
      const { changes, outcome } = applyCommand(
        each,
        unit,
        {
          now: engine.clock(),
          at: each.command.at.getTime(),
          actor: each.command.actor,
          policy,
          salt: engine.newSalt(),
          ...unit.arrangements,
          pagerChooses: (team) => engine.paging.choosesPeople(team),
          isMember: (id) => engine.chat.isMember(id),
          woken: unit.woken,
          firingAlerts: (number) => unit.firingAlerts(number),
        },
        engine.newId,
      );
      unit.put(changes);
      unit.done(each.command.id, outcome);
      entries.push(...auditCommand(each, outcome, engine.clock()));
    } catch (cause) {
      throw new CommandFault(each.command.id, cause);
    }
  }
  for (const { command, outcome } of failed) unit.done(command.id, outcome);
  await insertFailureAlerts(
    engine,
    tx,
    failed.map(({ command }) => command),
  );
  return { unit, entries };
}

/** Loads the data of the commands. */
function loadUnit(engine: Engine, tx: QueryExecutor, read: readonly ParsedCommand[]): Promise<UnitOfWork> {
  const policy = engine.policy();
  const now = engine.clock();
  const deliveries = read.flatMap(({ delivery, body }) =>
    delivery === null || body.type !== "alerts.deliver" ? [] : [{ source: body.source, delivery }],
  );
  const seen = deliveries.flatMap(({ source, delivery }) => delivery.alerts.map((alert) => ({ source, alert })));
  const firing = seen.filter(({ alert }) => alert.status === "firing");
  return UnitOfWork.load(tx, {
    now,
    wokenSince: now - policy.paging.within,
    storm: policy.storm === null ? null : { incidents: policy.storm.incidents, since: now - policy.storm.within },
    alerts: seen.map(({ source, alert }) => ({ source, fingerprint: alert.fingerprint })),
    resolved: seen
      .filter(({ alert }) => alert.status === "resolved")
      .map(({ source, alert }) => ({ source, fingerprint: alert.fingerprint })),
    groups: deliveries.map(({ source, delivery }) => ({ source, group: deliveryGroup(delivery) })),
    keys: firing.length === 0 ? [] : [STORM_KEY, ...firing.map(({ alert }) => groupKey(policy, alert.labels))],
    services: firing.flatMap(({ alert }) => {
      const { service, team } = resolveTeam(policy, alert.labels);
      return service === null ? [] : [{ service, team }];
    }),
    incidents: read.flatMap(({ body }) =>
      body.type !== "incident"
        ? []
        : body.command.type === "incident.merge"
          ? [body.incident, body.command.into]
          : [body.incident],
    ),
    firing: read.flatMap(({ body }) =>
      body.type === "incident" && readsFiringAlerts(body.command) ? [body.incident] : [],
    ),
    firingOfTeams: read.flatMap(({ body }) =>
      body.type === "incident" && readsAlertsOfTeams(body.command) ? [body.incident] : [],
    ),
  });
}

/** @throws when the stored body does not fit its type: written by a newer version, or damaged */
function readCommand({ webhookSources }: Engine, command: PendingCommand): ParsedCommand {
  if (command.type === "alerts.deliver") {
    return {
      command,
      delivery: readStoredDelivery(webhookSources, command.actor.id, command.body),
      body: { type: "alerts.deliver", source: command.actor.id, raw: command.body },
    };
  }
  return { command, delivery: null, body: SubmissionBody.parse(JSON.parse(command.body)) };
}

/** Wakes the lanes with new work, and logs the events. */
function notifyWakeUps(engine: Engine, unit: UnitOfWork): void {
  const urgent = new Map<Lane, number>();
  for (const { effect, urgency } of unit.effectRequests) {
    const { lane } = effectDefinition(effect);
    urgent.set(lane, Math.min(urgent.get(lane) ?? 9, urgency));
  }
  for (const [lane, urgency] of urgent) engine.wakeLane(lane, { urgency, delayMs: 0 });
  const due = unit.timers.map(({ at }) => at).filter((at): at is Instant => at !== null);
  if (due.length > 0)
    engine.wakeLane("timers", { urgency: 0, delayMs: Math.max(0, Math.min(...due) - engine.clock()) });
  for (const { incident, event } of unit.events) {
    if (definitionOf(event).logged)
      engine.log.info(
        { incident: incidentId(incident), event: event.type, source: event.evidence.command },
        // The log is read by more people than a private incident is.
        unit.findIncident(incident)?.private === true ? "an event of a private incident" : describeEvent(event),
      );
    if (event.type === "incident.opened") engine.observe({ step: "incident.opened", priority: event.data.priority });
    if (event.type === "incident.resolved") engine.observe({ step: "incident.resolved", priority: "" });
  }
}
