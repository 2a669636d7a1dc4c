import { MINUTE_MS } from "#domain/values/duration.ts";
import type { Instant } from "#domain/values/language.ts";
import type { RolloutState } from "#ports/cluster-workloads.ts";
import type { RolloutPlan } from "#ports/cluster.ts";
import { findGitopsOwner } from "./gitops-owner.ts";
import {
  templateFingerprint,
  REVISION_NUMBER,
  RESTARTED_AT,
  REVISION_HISTORY,
  type DeploymentObject,
  type ReplicaSet,
} from "./kubernetes-objects.ts";

/** A ReplicaSet by its revision, and by all that it ever was: one that is brought back gets a new number. */
export type RolloutRevision = {
  readonly number: number;
  readonly numbers: readonly number[];
  readonly set: ReplicaSet;
};
/** Consecutive revisions of one version: a restart is a new revision of the old one. */
type Version = { readonly revisions: readonly RolloutRevision[]; readonly begun: Instant | null };

/** The deployment's own ReplicaSets, oldest revision first. */
export function listRevisions(deployment: DeploymentObject, sets: readonly ReplicaSet[]): readonly RolloutRevision[] {
  return sets
    .filter(({ metadata }) =>
      metadata.ownerReferences.some(({ uid, controller }) => controller === true && uid === deployment.metadata.uid),
    )
    .map((set) => {
      const number = Number(set.metadata.annotations[REVISION_NUMBER]);
      const before = (set.metadata.annotations[REVISION_HISTORY] ?? "").split(",").filter(Boolean).map(Number);
      return { number, numbers: [...before, number], set };
    })
    .filter(({ number }) => Number.isSafeInteger(number) && number > 0)
    .toSorted((a, b) => a.number - b.number);
}

/**
 * What runs, and what could be rolled back to. The cluster keeps no record of health, so a version counts as good when it
 * ran for `healthyForMs` before the next one began, and no one has left it by going back to an older one: that is what a
 * bad version looks like, and coming back to it is what "undo" done twice does.
 */
export function planRollback(
  deployment: DeploymentObject,
  sets: readonly ReplicaSet[],
  hpa: string,
  healthyForMs: number,
  now: Instant,
): RolloutPlan {
  const { metadata, spec, status } = deployment;
  const current = metadata.annotations[REVISION_NUMBER] ?? "";
  const revisions = listRevisions(deployment, sets).filter(({ number }) => number <= Number(current));
  const versions = versionsOf(revisions);
  const running = versions.at(-1);
  const abandoned = skippedRevisions(revisions);
  const good = versions.slice(0, -1).findLast((version, i) => {
    const ran =
      version.begun === null
        ? firstLife(version, revisions)
        : (versions[i + 1]?.begun ?? version.begun) - version.begun;
    return ran >= healthyForMs && !version.revisions.some((revision) => abandoned.has(revision));
  });
  // A ReplicaSet that was brought back is older than its rollout, which then is as old as its last news.
  const news = status.conditions.find(({ type }) => type === "Progressing")?.lastUpdateTime;
  const since = running?.begun ?? news ?? metadata.creationTimestamp;
  return {
    uid: metadata.uid,
    current,
    good: String(good?.revisions.at(-1)?.number ?? ""),
    ageMinutes: Math.max(0, now - since) / MINUTE_MS,
    gitops: findGitopsOwner(deployment),
    paused: spec.paused,
    replicas: spec.replicas,
    ready: status.availableReplicas,
    hpa,
  };
}

function versionsOf(revisions: readonly RolloutRevision[]): readonly Version[] {
  const versions: { revisions: RolloutRevision[]; begun: Instant | null; print: string }[] = [];
  for (const revision of revisions) {
    const print = templateFingerprint(revision.set.spec.template, [RESTARTED_AT]);
    const last = versions.at(-1);
    if (last?.print === print) last.revisions.push(revision);
    else
      versions.push({
        revisions: [revision],
        print,
        begun: wasRestored(revision) ? null : revision.set.metadata.creationTimestamp,
      });
  }
  return versions;
}

const wasRestored = ({ numbers }: RolloutRevision): boolean => numbers.length > 1;

/** No one wrote down when a version was brought back; how long it ran at first is known, until another was made. */
function firstLife({ revisions: [first] }: Version, all: readonly RolloutRevision[]): number {
  const created = first?.set.metadata.creationTimestamp ?? 0;
  const later = all.map(({ set }) => set.metadata.creationTimestamp).filter((at) => at > created);
  return later.length === 0 ? 0 : Math.min(...later) - created;
}

/** What came between a ReplicaSet's last time and its return was left by going back. */
function skippedRevisions(revisions: readonly RolloutRevision[]): ReadonlySet<RolloutRevision> {
  const between = revisions.flatMap(({ numbers }) =>
    numbers.slice(1).map((number, i) => [numbers[i]!, number] as const),
  );
  return new Set(
    revisions.filter(({ numbers }) =>
      between.some(([from, to]) => numbers.some((number) => number > from && number < to)),
    ),
  );
}

/**
 * As `kubectl rollout status` judges it, but without the conditions from before a change at `since`: the cluster keeps
 * the condition that a bad rollout ran out of time until it sees progress in the one that repairs it.
 */
export function judgeRollout({ metadata, spec, status }: DeploymentObject, since: Instant = 0): RolloutState {
  const { replicas, updatedReplicas: updated, availableReplicas: available, observedGeneration, conditions } = status;
  if (observedGeneration < (metadata.generation ?? 0))
    return { state: "progressing", says: "the cluster has not seen the change yet" };
  const late = conditions.find(({ type, reason }) => type === "Progressing" && reason === "ProgressDeadlineExceeded");
  if (late !== undefined && (late.lastUpdateTime ?? since) >= Math.floor(since / 1_000) * 1_000)
    return { state: "failed", says: late.message ?? "the rollout came to no end in its time" };
  const wanted = spec.replicas;
  const detail = `${updated} of ${wanted} pods are new, ${available} available${replicas > updated ? `, ${replicas - updated} old ones left` : ""}`;
  return {
    state: updated === wanted && available === wanted && replicas === wanted ? "done" : "progressing",
    says: detail,
  };
}
