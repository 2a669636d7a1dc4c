import { z } from "zod";

// What the world outside answers a step, as authors write it: by the action that the step uses.

/** It did not happen. `retry`: the same may work later, and is tried again. */
const Fails = z.strictObject({ fails: z.string().min(1), retry: z.boolean().default(false) });
/** The other side says no. */
const Refused = z.strictObject({ refused: z.string().min(1) });
/** There was no answer, and nobody can tell whether it happened. */
const Unsure = z.strictObject({ unsure: z.string().min(1) });
/** The change was taken, and its rollout does not end. */
const Stuck = z.strictObject({ stuck: z.string().min(1) });

const Done = z.literal("done");
const Rows = z.array(z.record(z.string(), z.unknown()));
const Query = z.union([
  z.number(),
  z.literal("none"),
  z.array(z.strictObject({ labels: z.record(z.string(), z.string()).default({}), value: z.number() })).min(1, "an empty list; write none for no data"),
]);

/** A deployment as `k8s.rolloutPlan` finds it. */
const ScriptedDeployment = z.strictObject({
  current: z.string(),
  good: z.string().default(""),
  ageMinutes: z.number(),
  gitops: z.enum(["", "argocd", "flux", "helm", "flagger", "argo-rollouts"]).default(""),
  paused: z.boolean().default(false),
  replicas: z.int(),
  ready: z.int(),
  hpa: z.string().default(""),
});
export type ScriptedDeployment = z.output<typeof ScriptedDeployment>;

/** `says`: how an answer is written, for people who left it out or wrote another. */
type Kind = { readonly schema: z.ZodType; readonly says: string };

const KINDS: Readonly<Record<string, Kind>> = {
  "prometheus.query": { schema: z.union([Query, Fails]), says: "a number, none for no data, or a list such as [{ labels: { pod: a }, value: 3 }]" },
  "sql.query": { schema: z.union([Rows, Fails]), says: "a list of rows such as [{ pid: 7 }]" },
  "sql.call": { schema: z.union([Done, Rows, Fails, Refused, Unsure]), says: "done, a list of rows, { refused: why } or { unsure: why }" },
  "http.request": {
    schema: z.union([z.strictObject({ status: z.int(), body: z.unknown().default("") }), Fails, Refused, Unsure]),
    says: "{ status: 200, body: … }, { refused: why } or { unsure: why }",
  },
  exec: {
    schema: z.union([z.strictObject({ exitCode: z.int(), stdout: z.string().default(""), stderr: z.string().default("") }), Fails, Refused, Unsure]),
    says: "{ exitCode: 0, stdout: … }, { refused: why } or { unsure: why }",
  },
  "github.workflow": {
    schema: z.union([z.enum(["success", "failure", "cancelled", "timed_out"]), Fails, Refused, Unsure]),
    says: "success, failure, { refused: why } or { unsure: why }",
  },
  "k8s.rolloutPlan": {
    schema: z.union([ScriptedDeployment, Fails, Refused]),
    says: "{ current: '7', good: '6', ageMinutes: 12, replicas: 3, ready: 3 }, also gitops, paused and hpa",
  },
  "k8s.logs": { schema: z.union([z.array(z.string()), Fails]), says: "a list of lines" },
  "k8s.restart": { schema: z.union([Done, Fails, Refused, Stuck]), says: "done, { refused: why } or { stuck: why }" },
  "k8s.rollback": {
    schema: z.union([Done, Fails, Refused, Stuck, z.strictObject({ moved: z.string() })]),
    says: "done, { refused: why }, { stuck: why } or { moved: the revision that somebody else rolled out }",
  },
  "k8s.scale": {
    schema: z.union([z.strictObject({ size: z.int(), hpa: z.string().default("") }), Done, Fails, Refused]),
    says: "{ size: the number that is there before }, or done after a k8s.rolloutPlan of it",
  },
  "k8s.evict": { schema: z.union([Done, z.literal("gone"), Fails]), says: "done, or gone when there is no such pod" },
  "k8s.cordon": { schema: z.union([Done, Fails, Refused]), says: "done or { refused: why }" },
};

/** How the world can answer an action; null: it needs no answer, as a message does. */
export function answerKind(uses: string): Kind | null {
  return KINDS[uses] ?? null;
}

export type ScriptedAnswer = unknown;

/** What an answer holds under a name; undefined when it has none. */
export function answerField(answer: ScriptedAnswer, name: string): unknown {
  return typeof answer === "object" && answer !== null && !Array.isArray(answer) ? (answer as Record<string, unknown>)[name] : undefined;
}

/** Answers as they come one after another. */
export function answersInTurn(written: unknown): readonly ScriptedAnswer[] {
  const turns = answerField(written, "inTurn");
  return Array.isArray(turns) ? turns : [written];
}
