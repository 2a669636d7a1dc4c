import type { z } from "zod";
import type { ProbeResult } from "#ports/cluster-workloads.ts";
import type { RunbookAction, TextKind } from "./action-definition.ts";
import type { ActionFake, FakeOf } from "./action-fake.ts";
import type { ActionJob, ActionOutput, ActionResult, ActionRunner, PlannedIntent } from "./action-job.ts";

/**
 * Every answer about an action. Its input and output are inferred from their schemas wherever it is performed; what
 * `plan` answers is the intent, without `plan` that is the input. The order of the keys matters to the compiler: the
 * schemas, then `plan`, then `run`. `run`, `follow`, `probe` and `undo` reject with PortError when the world failed,
 * and with nothing else that is expected.
 */
type ActionSpec<N extends string, I extends z.ZodObject, O extends z.ZodObject, X, F extends z.ZodType> = Omit<
  RunbookAction,
  "name" | "input" | "output" | "texts" | "fixed" | "readsWhen" | "undoable"
> & {
  readonly name: N;
  readonly input: I;
  readonly output: O;
  readonly texts: { readonly [K in keyof z.output<I>]?: TextKind };
  readonly fixed?: readonly (keyof z.output<I> & string)[];
  readonly readsWhen?: {
    readonly field: keyof z.output<I> & string;
    readonly values: readonly string[];
    readonly default: string;
  };
  /** Finds out what exactly would be done. Only reads: its answer is written down before `run` is called, which depends on nothing else. */
  readonly plan?: (input: z.output<I>, job: ActionJob) => Promise<PlannedIntent<X>>;
  /** Does it. null: people do, and the run waits for their approval. */
  readonly run: ((intent: NoInfer<X>, job: ActionJob) => Promise<ActionResult<z.output<O>>>) | null;
  /** Looks again at what is underway. */
  readonly follow?: (intent: NoInfer<X>, handle: unknown, job: ActionJob) => Promise<ActionResult<z.output<O>>>;
  /** Whether what was intended has happened. null: it cannot be found out. */
  readonly probe: ((intent: NoInfer<X>, job: ActionJob) => Promise<ProbeResult>) | null;
  /** Puts back what the step found. May be called twice. null: it cannot be undone. */
  readonly undo: ((intent: NoInfer<X>, job: ActionJob) => Promise<ActionResult<ActionOutput>>) | null;
  /**
   * Where it goes on while it is not done. Absent: in the world, which is looked at again. process: in a process that its worker
   * waits for. nowhere: time goes by, which has no timeout and may be cut short.
   */
  readonly underway?: ActionRunner["underway"];
  /** Who answers it in `muster check --test`. null: it needs no answer. */
  readonly fake: FakeOf<F> | null;
};

/** An action as it is listed: `A["input"]` and `A["output"]` are its own schemas. */
export type DefinedAction<
  N extends string = string,
  I extends z.ZodObject = z.ZodObject,
  O extends z.ZodObject = z.ZodObject,
> = RunbookAction & {
  readonly name: N;
  readonly input: I;
  readonly output: O;
  readonly runner: ActionRunner | null;
  readonly fake: ActionFake | null;
};

/** An action of runbooks: what it is, how it is done, looked for and undone, and who answers it in a test. */
export function defineAction<
  const N extends string,
  I extends z.ZodObject,
  O extends z.ZodObject,
  X = z.output<I>,
  F extends z.ZodType = z.ZodType,
>(spec: ActionSpec<N, I, O, X, F>): DefinedAction<N, I, O> {
  const { plan, run, follow, probe, undo, underway = "in the world", fake, ...described } = spec;
  const performed = {
    ...(plan === undefined ? {} : { plan }),
    ...(follow === undefined ? {} : { follow }),
    run,
    probe,
    undo,
    underway,
  };
  return {
    ...described,
    undoable: undo !== null,
    // The engine hands over what the schemas let through, and what `plan` answered as it was stored.
    runner: run === null ? null : (performed as ActionRunner),
    fake: fake as ActionFake | null,
  } as DefinedAction<N, I, O>;
}
