import { HOUR_MS } from "#domain/values/duration.ts";
import type { Instant, Person } from "#domain/values/language.ts";
import { approvalTimeout, type ApprovalTerms } from "./approval.ts";
import type { ApprovalRequest, GroupedRun, Run, RunEnding } from "./run.ts";

// Trouble of the whole: runs of one runbook that no one asked for are one question, asked by the first of them.

/** More targets than anyone reads before they press a button. */
const MAX_RUNS = 50;
/** An approval holds for this long at most, however slowly the budget lets the runs through. */
const MAX_DURATION_MS = 4 * HOUR_MS;

/** A short text that stands for a long one: what is approved is compared by it. */
export type TextDigest = (text: string) => string;

/** What the rules for a common question look up, as it is while all questions are locked. Read only. */
export type ApprovalMemory = {
  readonly now: Instant;
  /** The run that needs people. */
  readonly run: Run;
  /** Whether what concerns its incident is for its responders only. */
  readonly isPrivate: boolean;
  /** Runs of its runbook that ask for others too and have no answer yet. */
  readonly questions: readonly Run[];
};

/** How a run that needs people goes on among others like it. */
export type GroupApprovalMove =
  /** It is ending, and need not ask. */
  | { readonly do: "go-on" }
  | { readonly do: "end"; readonly ending: RunEnding }
  /** Its question stands. */
  | { readonly do: "wait"; readonly asked: ApprovalRequest }
  /** People are asked. */
  | { readonly do: "ask"; readonly asked: ApprovalRequest }
  /** `leader` asks again, for this run too: `leads` is its new question. */
  | {
      readonly do: "join";
      readonly asked: ApprovalRequest;
      readonly leader: Run;
      readonly leads: ApprovalRequest;
    };

/**
 * Joins the question that another run of this runbook asks, or asks it. An approval is bound to all plans: one more
 * target makes it another question, which everyone answers again.
 */
export function decideGroupApproval(
  memory: ApprovalMemory,
  index: number,
  terms: ApprovalTerms,
  digest: TextDigest,
): GroupApprovalMove {
  const { run, now } = memory;
  if (run.ending !== null) return { do: "go-on" };
  const own =
    run.asked?.step === index && run.asked.group !== undefined && ownHash(run) === terms.hash ? run.asked : null;
  if (own !== null && now >= own.until) return { do: "end", ending: approvalTimeout(own, run.plan.steps[index]!.id) };
  if (own?.over !== undefined) return { do: "wait", asked: own };
  return joinOrAsk(memory, groupQuestion(memory, index, terms), terms, own, digest);
}

/** A question as every run of its group asks it, but for what it is bound to and for how long. */
type GroupQuestion = Omit<ApprovalRequest, "hash" | "until" | "over" | "ledBy"> & { readonly group: string };

function groupQuestion({ run, isPrivate }: ApprovalMemory, step: number, terms: ApprovalTerms): GroupQuestion {
  const { from, count, why: reason, does } = terms;
  // Without groups, the responders of the incident may answer, for that incident only. A private one asks only there.
  const alone = run.incident !== null && (from.length === 0 || isPrivate);
  const group = JSON.stringify([run.plan.steps[step]!.id, from, alone ? run.incident : null]);
  return { step, from, count, why: reason, does, by: [], group };
}

/** `own`: what this run asked before, while another one led. */
function joinOrAsk(
  { run, now, questions }: ApprovalMemory,
  question: GroupQuestion,
  { hash, expires }: ApprovalTerms,
  own: ApprovalRequest | null,
  digest: TextDigest,
): GroupApprovalMove {
  const open = questions.filter(
    ({ number, asked }) => number !== run.number && asked?.group === question.group && asked.over !== undefined,
  );
  const isAskedFor = open.some(
    ({ number, asked }) =>
      number === own?.ledBy && asked!.over!.some((each) => each.run === run.number && each.hash === hash),
  );
  if (own !== null && isAskedFor) return { do: "wait", asked: own };
  const me: GroupedRun = { run: run.number, target: run.target, hash };
  // A question that soon expires takes no new target: people would hardly see it.
  const leader = open.find(({ asked }) => asked!.until - now >= expires / 2 && asked!.over!.length < MAX_RUNS);
  if (leader === undefined) {
    // Whose leader has gone asks in its place, and not for longer.
    const until = own?.until ?? now + expires;
    return { do: "ask", asked: { ...question, hash: groupHash([me], digest), until, over: [me] } };
  }
  const before = leader.asked!;
  const over = [...before.over!.filter((each) => each.run !== run.number), me];
  const count = Math.max(before.count, question.count);
  return {
    do: "join",
    asked: { ...question, hash, until: before.until, ledBy: leader.number },
    leader,
    leads: { ...before, over, count, hash: groupHash(over, digest), by: [] },
  };
}

function groupHash(over: readonly GroupedRun[], digest: TextDigest): string {
  return digest(JSON.stringify(over.map(({ run, hash }) => [run, hash]).toSorted(([a], [b]) => Number(a) - Number(b))));
}

/** What this run alone would do of what is asked. */
function ownHash({ number, asked }: Run): string | undefined {
  return asked?.over === undefined ? asked?.hash : asked.over.find(({ run }) => run === number)?.hash;
}

/** How seldom the limits let a run through: what is approved together must hold until the last of them. */
export type ApprovalPace = {
  readonly writeBudget: { readonly per: number };
  readonly domainBudget: { readonly per: number };
};

/**
 * The approval of each run that people approved, of those that a question was about. A run that another question covers
 * by now, or that would do something else, has none.
 */
export function approveMembers(
  leader: Run,
  members: readonly Run[],
  by: readonly Person[],
  { writeBudget, domainBudget }: ApprovalPace,
  now: Instant,
): readonly { readonly run: Run; readonly asked: ApprovalRequest }[] {
  const { until: end, count, over = [] } = leader.asked!;
  const slowest = Math.max(writeBudget.per, domainBudget.per);
  const until = now + Math.min(MAX_DURATION_MS, end - now + over.length * slowest);
  return ledBy(leader, members).flatMap((run) => {
    const hash = over.find((each) => each.run === run.number)?.hash;
    if (hash === undefined || ownHash(run) !== hash) return [];
    const { over: _, ledBy: __, ...asked } = run.asked!;
    return [{ run, asked: { ...asked, hash, by, until, count } }];
  });
}

/** Those that still wait for the answer to the question of `leader`, itself among them. */
export function ledBy(leader: Run, members: readonly Run[]): readonly Run[] {
  return members.filter(
    ({ number, state, asked, ending }) =>
      state === "waiting-approval" && ending === null && (number === leader.number || asked?.ledBy === leader.number),
  );
}

/** The others that a question was about: when the run that asks has ended, one of them asks in its place. */
export function followersOf({ number, asked }: Run): readonly number[] {
  return (asked?.over ?? []).flatMap(({ run }) => (run === number ? [] : [run]));
}
