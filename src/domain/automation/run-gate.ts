import { describeActor } from "#domain/values/api-actor.ts";
import { formatDuration } from "#domain/values/duration.ts";
import { formatUtcTime } from "#domain/values/instant.ts";
import type { Instant } from "#domain/values/language.ts";
import { runId, type ApprovalRequest, type Run, type RunStep } from "./run.ts";

/** Everything that is looked at in the transaction that starts a step. */
export type GateFacts = {
  readonly now: Instant;
  readonly enabled: boolean;
  /** Who switched automation off for all, this service or this runbook; null: it is on. */
  readonly off: { readonly by: string; readonly scope: string } | null;
  /** Until when nothing is tried on this target, whatever the runbook. */
  readonly breakerOpenUntil: Instant | null;
  /** When another run, of whatever runbook, last changed this target. */
  readonly lastWroteAt: Instant | null;
  /** When other runs of this runbook first changed something, within `maxRuns.per`, oldest first. */
  readonly recentWrites: readonly Instant[];
  /** Other targets that live runs of this runbook have changed. */
  readonly otherTargets: number;
  readonly budget: { readonly max: number; readonly per: number };
  /** When steps of any runbook were begun that change something, within the budget's time, oldest first. */
  readonly writes: readonly Instant[];
  readonly domainBudget: { readonly max: number; readonly per: number };
  /** The same for other runs in the failure domains of this one, within that budget's time. */
  readonly domainWrites: readonly Instant[];
  /** Another live run that has changed something in one of these domains. */
  readonly domainBusyBy: number | null;
  /** The run that has the target, if it is another. */
  readonly lockedBy: number | null;
  /** More alerts of this name than are each their own trouble, or a storm is on. */
  readonly systemic: boolean;
  /** These words of the runbook are new, and their author is unknown: the approver may be the author. */
  readonly ofUnknown: boolean;
  /** Whether the run was asked for by someone who may be anybody, the one who approves among them. */
  readonly byStranger: boolean;
  /** Runs of these words of the runbook that were verified. */
  readonly verified: number;
  /** What the plan's hash would be if it were made now; null: there would be none. */
  readonly planHash: string | null;
  /** What an approval would have to be for: the plan, this step, and what it would do with what is known by now. */
  readonly stepHash: string;
  /** Whether the condition under which a step needs no approval holds. */
  readonly excused: boolean;
};

export type GateResult =
  | { readonly ok: true }
  /** Not at all. `again`: from the beginning, with the plan as it is made now. */
  | { readonly ok: false; readonly then: "stop"; readonly why: string; readonly again?: true }
  /** Not yet. */
  | { readonly ok: false; readonly then: "wait"; readonly until: Instant; readonly why: string }
  /** Not without people. */
  | {
      readonly ok: false;
      readonly then: "ask";
      readonly count: number;
      readonly why: string;
      /** No one asked for this run, and there are more like it: one question is about all. */
      readonly together: boolean;
    };

/** ms after which someone who waits for a target looks again. */
const RECHECK_MS = 10_000;
/** Before this many verified runs nothing runs without approval, whatever its runbook sets. */
export const MIN_VERIFIED_RUNS = 3;

const GO: GateResult = { ok: true };
const stop = (reason: string) => ({ ok: false, then: "stop", why: reason }) as const;

/** Whether a step may start now. Limits apply to approved steps too. Pure. */
export function mayStartStep(run: Run, index: number, step: RunStep, facts: GateFacts): GateResult {
  const { now } = facts;
  if (!facts.enabled) return stop("automation.enabled is false in muster.yaml");
  if (facts.off !== null) return stop(`automation is off for ${facts.off.scope}, says ${facts.off.by}`);
  if (run.mode === "off") return stop("the runbook is off");
  if (step.touches !== "systems") return GO;
  if (run.mode === "suggest") return stop("the runbook only suggests");
  if (facts.planHash !== run.planHash)
    // Another plan is another question: people are asked again.
    return { ...stop("the runbook or the inventory has changed since this run was planned"), again: true };
  const limited = withinLimits(run, facts);
  if (!limited.ok) return limited;
  const reason = needsPeople(run, step, facts);
  if (reason !== null && !isApproved(run.asked, index, facts.stepHash, now))
    return {
      ok: false,
      then: "ask",
      count: Math.max(requiredApprovals(step), facts.ofUnknown || facts.byStranger ? 2 : 1),
      why: because(reason, facts),
      together: isTogether(run, facts),
    };
  if (facts.writes.length >= facts.budget.max) {
    const frees = facts.writes[facts.writes.length - facts.budget.max];
    if (frees === undefined) return stop("automation.writeBudget.max is 0 in muster.yaml");
    return wait(
      frees + facts.budget.per,
      `${facts.budget.max} changes in ${formatDuration(facts.budget.per)} are the most that automation makes`,
    );
  }
  const domain = withinDomain(run, facts);
  if (!domain.ok) return domain;
  if (facts.lockedBy !== null) return wait(now + RECHECK_MS, `${runId(facts.lockedBy)} works on ${run.target}`);
  return GO;
}

/** A failure domain is changed by one run at a time, and seldom: what went wrong there is seen before it is done elsewhere in it. */
function withinDomain(
  { domains }: Run,
  { now, domainBudget: { max, per }, domainWrites, domainBusyBy }: GateFacts,
): GateResult {
  if (domains.length === 0) return GO;
  const where = domains.join(", ");
  if (domainBusyBy !== null) return wait(now + RECHECK_MS, `${runId(domainBusyBy)} works in ${where}`);
  if (domainWrites.length < max) return GO;
  const frees = domainWrites[domainWrites.length - max];
  if (frees === undefined) return stop("automation.domainBudget.max is 0 in muster.yaml");
  return wait(frees + per, `${max} in ${formatDuration(per)} is the most that runs change in ${where}`);
}

function isTogether(run: Run, { systemic }: GateFacts): boolean {
  return run.by === null && (systemic || run.systemic);
}

function wait(until: Instant, reason: string): GateResult {
  return { ok: false, then: "wait", until, why: reason };
}

/** The runbook's own limits; a run that has begun to change something is past those that count runs. */
function withinLimits(run: Run, facts: GateFacts): GateResult {
  const { now } = facts;
  const { cooldown, maxRuns, maxTargets } = run.plan.limits;
  if (facts.breakerOpenUntil !== null && facts.breakerOpenUntil > now)
    return stop(
      `runs did not help here: nothing is tried on ${run.target} until ${formatUtcTime(facts.breakerOpenUntil)} UTC`,
    );
  if (run.wroteAt !== null) return GO;
  if (facts.lastWroteAt !== null && facts.lastWroteAt + cooldown > now)
    return stop(
      `it was done at ${formatUtcTime(facts.lastWroteAt)} UTC, and ${run.target} is left alone for ${formatDuration(cooldown)}`,
    );
  if (facts.recentWrites.length >= maxRuns.runs)
    return stop(`it ran ${facts.recentWrites.length} times in ${formatDuration(maxRuns.per)}, which is the most`);
  if (facts.otherTargets >= maxTargets && isTogether(run, facts))
    return wait(now + RECHECK_MS, `${facts.otherTargets} of the others are at work`);
  if (facts.otherTargets >= maxTargets)
    return stop(
      `it is at work on ${facts.otherTargets} other ${facts.otherTargets === 1 ? "target" : "targets"}, and ${maxTargets} at a time is the most`,
    );
  return GO;
}

/** Why people must agree first; null when they need not. */
function needsPeople(run: Run, step: RunStep, { systemic, verified, excused }: GateFacts): string | null {
  if (systemic || run.systemic) return "many alerts of this kind at once: the trouble may be larger than this target";
  if (step.risk === "high") return "it is of high risk";
  if (run.by !== null) return `${describeActor(run.by)} asks for it`;
  if (run.mode === "approve") return "the runbook asks first";
  if (verified < MIN_VERIFIED_RUNS)
    return `it has ${verified} verified runs, and runs by itself after ${MIN_VERIFIED_RUNS}`;
  return step.approve === null || excused ? null : "the step asks first";
}

function because(reason: string, { ofUnknown, byStranger }: GateFacts): string {
  return [
    reason,
    ...(ofUnknown ? ["its words are new and nobody knows who wrote them"] : []),
    ...(byStranger ? ["the person who asked for it is not under `people` of the policy, so two people approve"] : []),
  ].join("; ");
}

/** How many people a step needs. */
export function requiredApprovals(step: Pick<RunStep, "risk" | "approve">): number {
  return Math.max(step.approve?.count ?? 1, step.risk === "high" ? 2 : 1);
}

/** An approval is for one step of one plan with what was known then, by enough people, and for a time. */
export function isApproved(approval: ApprovalRequest | null, index: number, hash: string, now: Instant): boolean {
  return (
    approval !== null &&
    approval.step === index &&
    approval.hash === hash &&
    now < approval.until &&
    new Set(approval.by.map(({ id }) => id)).size >= approval.count
  );
}
