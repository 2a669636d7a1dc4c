import type { ClusterChange, AppliedChange, Cluster, RolloutPlan } from "#ports/cluster.ts";
import type { PortRefusal } from "#ports/port-refusal.ts";
import { answerField, type ScriptedAnswer, type ScriptedDeployment } from "./scripted-answers.ts";
import type { AnswerRequest, CaseScript } from "./case-script.ts";

type Plan = ({ readonly ok: true } & RolloutPlan) | PortRefusal<"not-found">;

const DONE: ClusterChange = { ok: true, changed: true };
const BLANK: ScriptedDeployment = { current: "", good: "", ageMinutes: 0, gitops: "", paused: false, replicas: 0, ready: 0, hpa: "" };

/**
 * A cluster that says what a case has written down, through the port that the real one has. It remembers the deployment
 * that was looked at, and what was changed of it since.
 */
export function scriptedCluster(script: CaseScript): Cluster {
  let seen: ScriptedDeployment | null = null;
  let stuck: string | null = null;
  const uid = "00000000-0000-4000-8000-000000000001";
  const planOf = (deployment: ScriptedDeployment): Plan => ({ ok: true, uid, ...deployment });
  const refusal = (answer: ScriptedAnswer): PortRefusal<"not-found"> | null => {
    const says = answerField(answer, "refused");
    return typeof says === "string" ? { ok: false, refusal: "not-found", says } : null;
  };
  const change = async (uses: string): Promise<ClusterChange> => {
    const { answer } = await script.answer(uses);
    const why = answerField(answer, "stuck");
    stuck = typeof why === "string" ? why : null;
    return (refusal(answer) as ClusterChange | null) ?? DONE;
  };
  const never = (): Promise<never> => Promise.reject(new Error("bug: a test's worker does not die, so nobody looks whether it did something"));

  /** What a step that changes a deployment finds before it does: what was seen of it, with what the answer says is other by now. */
  const found = ({ key, step, unasked }: AnswerRequest): Plan => {
    const answer = script.peek(key);
    script.looked(key);
    const [size, hpa, moved] = ["size", "hpa", "moved"].map((name) => answerField(answer, name));
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
      seen = answer as ScriptedDeployment;
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
    async evict(): Promise<AppliedChange> {
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
