import {
  hasPending,
  lockDecisions,
  takeCommand,
  takePending,
  tryLockDecisions,
  type PendingCommand,
} from "#db/commands.ts";
import type { QueryExecutor } from "#db/client.ts";
import { readsAlertsOfTeams, readsFiringAlerts } from "#domain/commands/firing-alert-reads.ts";
import { SubmissionBody } from "#domain/commands/submission.ts";
import type { CommandOutcome } from "#domain/events/command-outcome.ts";
import { readStoredDelivery } from "#domain/values/webhook-source.ts";
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
import { CommandFault, FailingCommands, insertFailureAlerts, reportFailure } from "./failing-commands.ts";

/** Units of work (alerts, clicks) in one transaction: enough to be fast, few enough that a P0 waits for less than half a second. */
const BATCH = 1_000;

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
  return async () => {
    const failing = new FailingCommands(engine, async (id) => {
      const applied = await applyBatch(engine, { lock: waitForTurn, take: (tx) => takeCommand(tx, id) });
      return applied instanceof UnitOfWork ? applied.events.length : 0;
    });
    while (engine.taking()) {
      try {
        const take = (tx: QueryExecutor): Promise<PendingCommand[]> => takePending(tx, BATCH, failing.waiting);
        const applied = await applyBatch(engine, { lock: tryLockDecisions, take });
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
async function applyBatch(engine: Engine, { lock, take }: Batch): Promise<UnitOfWork | "busy" | "empty"> {
  const began = engine.clock();
  const { db } = engine.connection;
  const batch = await db.transaction(async (tx) => {
    if (!(await lock(tx))) return "busy";
    const pending = await take(tx);
    if (pending.length === 0) return "empty";
    engine.observe({ step: "apply.deciding", count: pending.length });
    const unit = await decideAll(engine, tx, pending);
    await unit.save(tx, engine.clock());
    const runs = await startMatchingRunbooks(engine, tx, unit);
    engine.observe({ step: "apply.committing", count: pending.length });
    return { unit, runs, count: pending.length };
  });
  if (typeof batch === "string") return batch;
  engine.observe({ step: "apply.committed", count: batch.count, ms: engine.clock() - began });
  notifyWakeUps(engine, batch.unit);
  if (batch.runs) engine.wakeLane("run", { urgency: 0, delayMs: 0 });
  return batch.unit;
}

/**
 * Decides all that can be read. What cannot be read says so by itself, whatever the state and the place: it is put aside.
 * @throws CommandFault when a decision fails
 */
async function decideAll(engine: Engine, tx: QueryExecutor, pending: readonly PendingCommand[]): Promise<UnitOfWork> {
  const policy = engine.policy();
  const failed: { command: PendingCommand; outcome: CommandOutcome }[] = [];
  const read: ParsedCommand[] = [];
  for (const command of pending) {
    try {
      read.push(readCommand(engine, command));
    } catch (error) {
      failed.push({ command, outcome: reportFailure(engine, command, error) });
    }
  }
  const unit = await loadUnit(engine, tx, read);
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
  return unit;
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
        describeEvent(event),
      );
    if (event.type === "incident.opened") engine.observe({ step: "incident.opened", priority: event.data.priority });
    if (event.type === "incident.resolved") engine.observe({ step: "incident.resolved", priority: "" });
  }
}
