import { formatPolicyProblem, loadPolicy, type AppConfig } from "#config/app-config.ts";
import type { Policy } from "#domain/policy/policy.ts";
import { recordRunbookVersions } from "#engine/automation/recent-runbooks.ts";
import type { Engine, EngineLog } from "#engine/base/engine.ts";
import { recordRotations } from "#engine/oncall/rotation-record.ts";
import { recordFirstOwnership } from "#engine/paging/escalation-audit.ts";
import { reportStaffing } from "#engine/oncall/staffing-report.ts";
import type { WorkerProcess } from "#app/worker/worker-process.ts";
import type { createAutomationRuntime } from "./automation-runtime.ts";

/** What reading the policy needs of a running process; `state.policy` is the one that counts. */
type PolicyParts = {
  readonly config: AppConfig;
  readonly state: { policy: Policy; policyText: string; readonly stopping: boolean };
  readonly automation: ReturnType<typeof createAutomationRuntime>;
  readonly engine: Engine;
  readonly log: EngineLog;
  /** Who reads the policy as well; null: this process alone. */
  readonly worker: WorkerProcess | null;
};

/** The longest wait between two attempts to record a policy, in ms. */
const LONGEST_WAIT_MS = 30_000;

/** A version is new when it was first seen after the others. */
export function recordVersions({ engine, log }: PolicyParts): Promise<void> {
  return recordRunbookVersions(engine).catch((err: unknown) =>
    log.warn({ err }, "could not store the versions of runbooks; they are stored when one runs"),
  );
}

/** Records who has which turn by a policy, however long the database takes, and logs what changes. False: the process stops. */
async function recordPolicy({ config, engine, state, log }: PolicyParts, fresh: Policy): Promise<boolean> {
  for (let wait = 500; !state.stopping; wait = Math.min(wait * 2, LONGEST_WAIT_MS)) {
    try {
      for (const change of await recordRotations(engine, state.policy, fresh))
        log.warn({ file: config.policyFile }, change);
      return true;
    } catch (err) {
      log.warn({ err, retryInMs: wait }, "the policy waits for the database: its rotations must be recorded first");
      await new Promise((resolve) => setTimeout(resolve, wait));
    }
  }
  return false;
}

/** At the start: the policy is recorded before anything is decided by it. */
export async function startPolicy(parts: PolicyParts): Promise<void> {
  if (!(await recordPolicy(parts, parts.state.policy))) return;
  await recordFirstOwnership(parts.engine);
  await warnOfStaffing(parts);
}

/** Warns of priorities that page and reach no one, before an alert does. */
async function warnOfStaffing({ engine, log }: PolicyParts): Promise<void> {
  for (const warning of await reportStaffing(engine)) log.warn({ setup: true }, warning);
}

/**
 * Reads the policy file again: an invalid one changes nothing and is logged. One after the other, however often it is
 * called; the answer comes when the policy counts.
 */
export function createPolicyReload(parts: PolicyParts): () => Promise<void> {
  let last = Promise.resolve();
  return () => (last = last.then(() => reloadPolicy(parts)));
}

async function reloadPolicy(parts: PolicyParts): Promise<void> {
  const { config, state, automation, log, worker } = parts;
  const { policy: fresh, text, problems } = loadPolicy(config.policyFile, false, config.policyVendors);
  if (fresh === null) {
    log.error(
      { problems: problems.map(formatPolicyProblem) },
      "the policy file has errors; the previous policy stays in force",
    );
    return;
  }
  if (!(await recordPolicy(parts, fresh))) return;
  state.policy = fresh;
  state.policyText = text;
  await worker?.reload();
  void automation
    .reload()
    .then(() => recordVersions(parts))
    .catch((err: unknown) => log.error({ err }, "could not reload the runbooks; the previous ones stay"));
  log.info({ file: config.policyFile }, "policy reloaded");
  await warnOfStaffing(parts).catch((err: unknown) => log.warn({ err }, "could not see who would be paged"));
}
