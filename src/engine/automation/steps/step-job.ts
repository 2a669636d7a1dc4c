import { incidentsByNumber } from "#db/incidents.ts";
import { stepOfLine, type JournalLine, type Run } from "#domain/automation/run.ts";
import { DEFAULT_STEP_TIMEOUT_MS } from "#domain/automation/step-timeout.ts";
import type { ClaimedRun } from "#engine/automation/claimed-run.ts";
import { mentionRule } from "#engine/automation/rule-mentions.ts";
import { runPortsOf } from "#engine/automation/run-facts.ts";
import { incidentUrl } from "#engine/base/dashboard-links.ts";
import type { Engine } from "#engine/base/engine.ts";
import { listAlarms } from "#engine/paging/pager-alarms.ts";
import type { ActionIncident, ActionJob } from "#runbooks/index.ts";

/** The context of an action for its line of the journal. */
export function buildActionJob(
  { engine, run }: ClaimedRun,
  line: Pick<JournalLine, "idx" | "attempt" | "idemKey" | "startedAt">,
  again: boolean,
): ActionJob {
  const step = run.plan.steps[stepOfLine(line.idx)]!;
  const startedAt = line.startedAt ?? engine.clock();
  return {
    ports: runPortsOf(engine),
    people: engine,
    clock: engine.clock,
    run: { number: run.number, title: run.plan.title },
    mention: (to) => mentionRule(engine, to),
    incident: () => readActionIncident(engine, run),
    key: line.idemKey,
    startedAt,
    deadline: startedAt + (step.timeout ?? DEFAULT_STEP_TIMEOUT_MS),
    again: again || line.attempt > 1,
  };
}

async function readActionIncident(engine: Engine, run: Run): Promise<ActionIncident | null> {
  const [stored] = run.incident === null ? [] : await incidentsByNumber(engine.connection.db, [run.incident]);
  if (stored === undefined) return null;
  const { state } = stored;
  return {
    state,
    page: incidentUrl(engine, state),
    alarms: state.private ? [] : listAlarms(stored, state.episode, undefined),
    defaultChannel: engine.policy().channels.incidents,
  };
}
