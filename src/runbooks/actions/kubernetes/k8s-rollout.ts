import { z } from "zod";
import { ROLLOUT_COMMANDS } from "#ports/cluster-workloads.ts";
import { AnswerDone, AnswerFails, AnswerRefused } from "#runbooks/actions/action-fake.ts";
import { changeResult, KubernetesName, NO_CLUSTER, withCluster } from "#runbooks/actions/cluster-target.ts";
import { defineAction } from "#runbooks/actions/define-action.ts";
import { FAKE_UID, fakeChange } from "#runbooks/actions/fake-cluster.ts";

export const k8sRollout = defineAction({
  name: "k8s.rollout",
  summary: "Aborts, retries, promotes or rolls back a rollout of Argo Rollouts.",
  effect: "idempotent",
  touches: "systems",
  risk: "low",
  input: z
    .strictObject({
      namespace: KubernetesName.describe("the namespace"),
      rollout: KubernetesName.describe("the Rollout"),
      command: z.enum([...ROLLOUT_COMMANDS, "undo"]).describe("as `kubectl argo rollouts` has them"),
      to: z
        .string()
        .regex(/^[1-9]\d{0,9}$/, "no revision; write its number")
        .optional()
        .describe("for `undo`: the revision to go to"),
    })
    .refine(({ command, to }) => (command === "undo") === (to !== undefined), {
      error: "undo needs `to`, the revision to go to; the others take none",
      path: ["to"],
    }),
  output: z.object({ changed: z.boolean(), revision: z.string(), phase: z.string() }),
  texts: {},
  fixed: ["command"],
  notes: ["`abort` sends traffic back to the stable version; the new one is shipped again by `retry`."],
  async plan(input, { ports }) {
    if (ports.cluster === null) return NO_CLUSTER;
    const { namespace, rollout } = input;
    const found = await ports.cluster.argoRollout({ namespace, name: rollout });
    if (found === null) return { ok: false, says: `there is no rollout ${namespace}/${rollout}` };
    const { uid, revision, phase, aborted } = found;
    if (input.command === "promote" && aborted)
      return { ok: false, says: `the rollout ${namespace}/${rollout} was aborted: retry it first` };
    return { ok: true, intent: { ...input, uid, revision, phase } };
  },
  run: ({ namespace, rollout, command, to, uid, revision, phase }, job) =>
    withCluster(job, async (cluster) => {
      const target = { namespace, name: rollout };
      const change =
        command === "undo"
          ? await cluster.undoRollout(target, { uid, from: revision, to: to ?? "" })
          : await cluster.commandRollout(target, { uid, command });
      return changeResult(change, { revision, phase });
    }),
  probe: async ({ namespace, rollout, command, uid, revision }, { ports }) => {
    const found = (await ports.cluster?.argoRollout({ namespace, name: rollout })) ?? null;
    if (found === null || found.uid !== uid) return "unknown";
    if (command === "abort") return found.aborted ? "yes" : "no";
    if (command === "undo") return found.revision === revision ? "no" : "unknown";
    return command === "retry" ? (found.aborted ? "no" : "yes") : found.paused ? "no" : "unknown";
  },
  undo: null,
  fake: {
    answers: z.union([AnswerDone, AnswerFails, AnswerRefused]),
    says: "done or { refused: why }",
    ports: (script) => ({
      cluster: {
        argoRollout: () =>
          Promise.resolve({
            uid: FAKE_UID,
            phase: "Degraded",
            aborted: false,
            paused: true,
            held: false,
            revision: "7",
            message: "",
          }),
        commandRollout: () => fakeChange(script),
        undoRollout: () => fakeChange(script),
      },
    }),
  },
});
