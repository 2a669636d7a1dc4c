import type { ClusterChange, RolloutState } from "#ports/cluster-workloads.ts";
import type { RolloutPlan } from "#ports/cluster.ts";
import { answerField, answerRefusal, type FakeRequest, type FakeCluster, type FakeScript } from "./action-fake.ts";

type SeenObject = NonNullable<FakeCluster["seen"]>;

export const FAKE_UID = "00000000-0000-4000-8000-000000000001";
const BLANK: SeenObject = {
  current: "",
  good: "",
  ageMinutes: 0,
  gitops: "",
  paused: false,
  replicas: 0,
  ready: 0,
  hpa: "",
};

/** A deployment as a case describes it; an empty one when none has. */
export function describedDeployment(seen: SeenObject | null): { readonly ok: true } & RolloutPlan {
  return { ok: true, uid: FAKE_UID, ...(seen ?? BLANK) };
}

/** What the answer of the step that asks makes of its change. */
export async function fakeChange(script: FakeScript<unknown>): Promise<ClusterChange> {
  const { answer } = await script.answer();
  const reason = answerField(answer, "stuck");
  script.cluster.stuck = typeof reason === "string" ? reason : null;
  const refusal = answerRefusal(answer);
  return refusal === null ? { ok: true, changed: true } : { ok: false, refusal: "not-found", says: refusal };
}

/** How the rollout of a change ends. */
export function fakeRollout({ cluster }: FakeScript<unknown>): { readonly rolloutDone: () => Promise<RolloutState> } {
  return {
    rolloutDone: () =>
      Promise.resolve(cluster.stuck === null ? { state: "done", says: "" } : { state: "failed", says: cluster.stuck }),
  };
}

/**
 * The deployment that a step finds before it changes it: as it was last seen, with the differences that the answer
 * gives.
 */
export function findDeployment(
  script: FakeScript<unknown>,
  { key, step, beforeApproval }: FakeRequest,
): { readonly ok: true } & RolloutPlan {
  const answer = script.peek(key);
  script.looked(key);
  const [size, hpa, moved] = ["size", "hpa", "moved"].map((name) => answerField(answer, name));
  const { seen } = script.cluster;
  const found = describedDeployment(seen);
  if (typeof size === "number")
    return { ...found, replicas: size, ready: size, hpa: typeof hpa === "string" ? hpa : "" };
  // Someone else is faster than the people who are asked.
  if (typeof moved === "string" && !(beforeApproval && step.approve !== null)) {
    script.take(key, step.uses);
    return { ...found, current: moved };
  }
  if (seen === null)
    script.wrong(
      ["answers"],
      `${key} looks at the deployment, which nobody has described`,
      `write ${key}: { size: the number before }`,
    );
  return found;
}
