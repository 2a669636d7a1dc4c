import type { Instant } from "#domain/values/language.ts";
import type { PlannedStep, RunbookProblem } from "#runbooks/index.ts";
import type { Engine } from "#engine/base/engine.ts";
import { PortError } from "#ports/port-error.ts";
import { answerField } from "#runbooks/actions/action-fake.ts";
import { answerKind, type ScriptedAnswer } from "./scripted-answers.ts";
import { readCurrentStep, type CurrentStep } from "./current-step.ts";
import type { TestCase, ScriptedReading } from "./test-cases.ts";

/** Whose answer is needed: the name it stands under, and the step. */
export type AnswerRequest = { readonly key: string; readonly step: PlannedStep; readonly beforeApproval: boolean };

/** The answers of a case as the world gives them out, and what was wrong with what it was asked. */
export class CaseScript {
  readonly problems: RunbookProblem[] = [];
  readonly #case: TestCase;
  readonly #began: Instant;
  readonly #used = new Map<string, number>();
  readonly #looked = new Set<string>();
  /** Answers of steps that only read. */
  readonly #readings = new Set<string>();
  /** Set once the engine is made, which is made from this. */
  engine!: Engine;

  constructor(written: TestCase, began: Instant) {
    this.#case = written;
    this.#began = began;
  }

  /** What the run is doing at this moment. */
  work(): Promise<CurrentStep | null> {
    return readCurrentStep(this.engine);
  }

  /** Who asks, and under which name the answer stands: the step's own, or its guard's or undoing's. */
  async asker(uses: string): Promise<AnswerRequest | null> {
    return this.askerOf(uses, await this.work());
  }

  askerOf(uses: string, work: CurrentStep | null): AnswerRequest | null {
    if (work === null || work.step === null) return null;
    const { step } = work;
    if (work.undoing) return { key: `${step.id}.undo`, step, beforeApproval: false };
    if (work.recovering === true && step.probe?.uses === uses)
      return { key: `${step.id}.probe`, step, beforeApproval: false };
    // A guard is asked before its step.
    const guarded = step.guard?.uses === uses && (step.uses !== uses || !this.#used.has(`${step.id}.guard`));
    if (!guarded && step.touches === "nothing") this.#readings.add(step.id);
    return { key: guarded ? `${step.id}.guard` : step.id, step, beforeApproval: work.beforeApproval };
  }

  /** The answer that is next, without using it up. */
  peek(key: string): ScriptedAnswer {
    const turns = this.#case.answers.get(key)?.turns ?? [];
    const used = this.#used.get(key) ?? 0;
    // A guard is asked again after people were, and what a change relies on before it: without another answer it is as it was.
    const isSame = this.#readings.has(key) && answerField(turns.at(-1), "fails") === undefined;
    return turns[isSame || /\.(?:guard|probe)$/.test(key) ? Math.min(used, turns.length - 1) : used];
  }

  /** A part of an answer was looked at before the step is done: if people then refuse, it was not in vain. */
  looked(key: string): void {
    this.#looked.add(key);
  }

  /**
   * The next answer for the step that asks with an action. Rejects as the world would when the answer is that it fails.
   */
  async answer(uses: string): Promise<{ readonly key: string; readonly answer: ScriptedAnswer }> {
    const key = (await this.asker(uses))?.key ?? uses;
    return { key, answer: this.take(key, uses) };
  }

  /** The next answer of this name, used up. An undo without an answer succeeds. */
  take(key: string, uses: string): ScriptedAnswer {
    const used = this.#used.get(key) ?? 0;
    const answer = this.peek(key) ?? (key.endsWith(".undo") && !this.#case.answers.has(key) ? "done" : undefined);
    if (answer === undefined) {
      const detail = answerKind(uses)?.says ?? "an answer";
      if (used === 0)
        this.wrong(
          ["answers"],
          `${key} asks (${uses}) and there is no answer`,
          `add below answers: ${key}: and ${detail}`,
        );
      else
        this.wrong(
          ["answers", key],
          `${key} asks ${used + 1} times, and there are ${used} answers`,
          `write { inTurn: [first, second] }, each of them ${detail}`,
        );
      throw new PortError("invalid", "the test has no answer to this", { retryable: false });
    }
    this.#used.set(key, used + 1);
    const schema = answerKind(uses)?.answers;
    const parsed: unknown = schema === undefined ? answer : schema.parse(answer);
    const fails = answerField(parsed, "fails");
    if (typeof fails === "string")
      throw new PortError("server_error", fails, { retryable: answerField(parsed, "retry") === true });
    const unsure = answerField(parsed, "unsure");
    if (typeof unsure === "string") throw new PortError("timeout", unsure, { retryable: true, mayHaveHappened: true });
    return parsed;
  }

  /** The value of a measure at this moment; null when the query is none of the runbook's measures. */
  measure({ plan: { verify }, ending }: CurrentStep, promql: string, now: Instant): ScriptedReading | null {
    const index = verify?.promql.findIndex(({ measure }) => measure === promql) ?? -1;
    const traffic = verify?.minTraffic?.measure === promql;
    if (index < 0 && !traffic) return null;
    const points = traffic ? this.#case.traffic : this.#case.measures;
    const point = points?.findLast(({ at }) => this.#began + at <= now);
    if (point === undefined && ending === true) return "none";
    if (point === undefined) {
      const [name, example] = traffic
        ? ["traffic", "traffic: 40"]
        : ["measures", "measures: { 0m: what it is at first, 3m: what it is after the fix }"];
      this.wrong([], `the runbook measures ${promql}, and there are no ${name}`, `add ${example}`);
      return "none";
    }
    return Array.isArray(point.value)
      ? ((point.value.length === 1 ? point.value[0] : point.value[index]) as ScriptedReading)
      : (point.value as ScriptedReading);
  }

  wrong(path: readonly (string | number)[], message: string, fix: string): void {
    const problem = this.#case.differs(path, message, fix);
    if (!this.problems.some((each) => each.message === message)) this.problems.push(problem);
  }

  /** What was written for this case and no one asked for. */
  unused(): readonly RunbookProblem[] {
    const left = [...this.#case.answers].flatMap(([key, { turns, own }]) => {
      const used = this.#used.get(key) ?? 0;
      if (!own || used >= turns.length || this.#looked.has(key)) return [];
      const message =
        used === 0
          ? `nobody asked for the answer of ${key}`
          : `${key} asked ${used} times, and there are ${turns.length} answers`;
      return [this.#case.differs(["answers", key], message, "remove it, or look why the step did not ask")];
    });
    return left;
  }
}
