import { z } from "zod";
import type { Instant } from "#domain/values/language.ts";
import type { RunPorts } from "#ports/action-ports.ts";
import type { RolloutPlan } from "#ports/cluster.ts";
import type { DataSource, SqlArgument, SqlRow } from "#ports/datasource.ts";

// What the world outside answers a step in `muster check --test`, as authors write it.

/** It did not happen. `retry`: the same may work later, and is tried again. */
export const AnswerFails = z.strictObject({ fails: z.string().min(1), retry: z.boolean().default(false) });
/** The other side refuses. */
export const AnswerRefused = z.strictObject({ refused: z.string().min(1) });
/** There was no answer, and it is unknown whether it happened. */
export const AnswerUnsure = z.strictObject({ unsure: z.string().min(1) });
/** The change was taken, and its rollout does not end. */
export const AnswerStuck = z.strictObject({ stuck: z.string().min(1) });
export const AnswerDone = z.literal("done");
export const AnswerRows = z.array(z.record(z.string(), z.unknown()));

/** What is left for a fake to answer: the world's failures are thrown before it is asked. */
type Answered<A> = Exclude<A, z.output<typeof AnswerFails> | z.output<typeof AnswerUnsure>>;

/** Who asks the world: the name that the answer stands under, and the step. `beforeApproval`: people have not been asked about it yet. */
export type FakeRequest = {
  readonly key: string;
  readonly step: { readonly id: string; readonly uses: string; readonly approve: object | null };
  readonly beforeApproval: boolean;
};

/** What the fakes of a cluster share: the deployment as it was last looked at, and why a rollout that was begun does not end. */
export type FakeCluster = { seen: Omit<RolloutPlan, "uid"> | null; stuck: string | null };

/** The answers of a case, for the fake of one action. */
export type FakeScript<A = unknown> = {
  /** The next answer, used up. Rejects with PortError when the answer is that it fails. */
  readonly answer: () => Promise<{ readonly key: string; readonly answer: Answered<A> }>;
  readonly asker: () => Promise<FakeRequest | null>;
  /** The answer that is next under a name, as it is written. */
  readonly peek: (key: string) => unknown;
  /** Uses up an answer by its name; `uses`: whose it is, when it is that of a step with another action. */
  readonly take: (key: string, uses?: string) => Answered<A>;
  /** A part of an answer was looked at before the step is done: if people then refuse, it was not in vain. */
  readonly looked: (key: string) => void;
  readonly wrong: (path: readonly (string | number)[], message: string, fix: string) => void;
  /** What the case measures at this moment, when it is the runbook's verification that asks; else null. */
  readonly measured: (promql: string, at: Instant) => Promise<number | "none" | null>;
  /** Tries a statement on a PostgreSQL without tables of its own: what that does not take is wrong. */
  readonly tryStatement: (
    sql: string,
    args: readonly SqlArgument[],
    rows: readonly SqlRow[],
    key: string,
  ) => Promise<void>;
  readonly cluster: FakeCluster;
};

type PortName = Exclude<keyof RunPorts, "datasource" | "secret">;

/** The methods that a fake answers, of each port. */
export type FakePorts = { readonly [P in PortName]?: Partial<NonNullable<RunPorts[P]>> } & {
  readonly datasource?: Partial<DataSource>;
};

/** `says`: how an answer is written, for people who left it out or wrote another. */
export type FakeOf<F extends z.ZodType> = {
  readonly answers: F;
  readonly says: string;
  readonly ports: (script: FakeScript<z.output<F>>) => FakePorts;
};

export type ActionFake = FakeOf<z.ZodType>;

/** What an answer holds under a name; undefined when it has none. */
export function answerField(answer: unknown, name: string): unknown {
  return typeof answer === "object" && answer !== null && !Array.isArray(answer)
    ? (answer as Record<string, unknown>)[name]
    : undefined;
}

/** Why the other side refuses; null when it does not. */
export function answerRefusal(answer: unknown): string | null {
  const scripted = answerField(answer, "refused");
  return typeof scripted === "string" ? scripted : null;
}
