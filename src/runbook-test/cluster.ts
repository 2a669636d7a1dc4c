import type { Change, Changed, Cluster, RolloutPlan } from "#ports/cluster.ts";
import type { Refused } from "#ports/refused.ts";
import { part, type Answer, type Deployment } from "./answers.ts";
import type { Asker, Script } from "./script.ts";

type Plan = ({ readonly ok: true } & RolloutPlan) | Refused<"not-found">;

const DONE: Change = { ok: true, changed: true };
const BLANK: Deployment = { current: "", good: "", ageMinutes: 0, gitops: "", paused: false, replicas: 0, ready: 0, hpa: "" };

/**
 * A cluster that says what a case has written down, through the port that the real one has. It remembers the deployment
 * that was looked at, and what was changed of it since.
 */
export function scriptedCluster(script: Script): Cluster {
  let seen: Deployment | null = null;
  let stuck: string | null = null;
  const uid = "00000000-0000-4000-8000-000000000001";
  const planOf = (deployment: Deployment): Plan => ({ ok: true, uid, ...deployment });
  const refusal = (answer: Answer): Refused<"not-found"> | null => {
    const says = part(answer, "refused");
    return typeof says === "string" ? { ok: false, refusal: "not-found", says } : null;
  };
  const change = async (uses: string): Promise<Change> => {
    const { answer } = await script.answer(uses);
    const why = part(answer, "stuck");
    stuck = typeof why === "string" ? why : null;
    return (refusal(answer) as Change | null) ?? DONE;
  };
  const never = (): Promise<never> => Promise.reject(new Error("bug: a test's worker does not die, so nobody looks whether it did something"));

  /** What a step that changes a deployment finds before it does: what was seen of it, with what the answer says is other by now. */
  const found = ({ key, step, unasked }: Asker): Plan => {
    const answer = script.peek(key);
    script.looked(key);
    const [size, hpa, moved] = ["size", "hpa", "moved"].map((name) => part(answer, name));
    const base = seen ?? BLANK;
    if (typeof size === "number") return planOf({ ...base, replicas: size, ready: size, hpa: typeof hpa === "string" ? hpa : "" });
    // Somebody else is faster than the people who are asked.
    if (typeof moved === "string" && !(unasked && step.approve !== null)) {
      script.take(key, "k8s.rollback");
      return planOf({ ...base, current: moved });
    }
    if (seen === null) script.wrong(["answers"], `${key} looks at the deployment, which nobody has described`, `write ${key}: { size: the number before }`);
    return planOf(base);
  };

  return {
    name: "test",
    async rolloutPlan() {
      const asker = await script.asker("k8s.rolloutPlan");
      // It is looked at once more when a rollout has ended, for its revision.
      if (asker !== null && asker.key === asker.step.id && asker.step.uses !== "k8s.rolloutPlan")
        return asker.step.uses === "k8s.restart" ? planOf(seen ?? BLANK) : found(asker);
      const { answer } = await script.answer("k8s.rolloutPlan");
      const refused = refusal(answer);
      if (refused !== null) return refused;
      seen = answer as Deployment;
      return planOf(seen);
    },
    rolloutDone: () => Promise.resolve(stuck === null ? { state: "done", says: "" } : { state: "failed", says: stuck }),
    async pod() {
      const asker = await script.asker("k8s.evict");
      return script.peek(asker?.key ?? "") === "gone" && script.take(asker!.key, "k8s.evict") === "gone"
        ? null
        : { uid, phase: "Running", node: "node-1", restarts: 0, ready: true, ending: false };
    },
    pods: () => Promise.resolve([{ name: "pod-1", uid, phase: "Running", node: "node-1", restarts: 0, ready: true, ending: false }]),
    node: () => Promise.resolve({ unschedulable: false, ready: true }),
    async logs() {
      const { answer } = await script.answer("k8s.logs");
      return { text: (answer as string[]).join("\n"), cut: false };
    },
    restart: () => change("k8s.restart"),
    rollback: () => change("k8s.rollback"),
    scale: () => change("k8s.scale"),
    cordon: () => change("k8s.cordon"),
    async evict(): Promise<Changed> {
      await script.answer("k8s.evict");
      return { ok: true, changed: true };
    },
    probeRestart: never,
    probeRollback: never,
    probeScale: never,
    probeCordon: never,
    probeEvict: never,
  };
}
