import { and, eq, sql } from "drizzle-orm";
import type { Actor, Instant } from "#domain/values/language.ts";
import { STORM_KEY } from "#domain/alerting/storm.ts";
import { NO_RUN_RECORD, type RunRecord as Counted, type TrackRecord } from "#domain/automation/run-trust.ts";
import type { Run, RunState } from "#domain/automation/run.ts";
import { bulkInsert } from "./bulk-insert.ts";
import { automationSwitchesTable, breakersTable, runLocksTable, runsTable } from "./run-schema.ts";
import type { QueryExecutor } from "./client.ts";

const BUDGET_LOCK = 7_315_004;
const at = (now: Instant) => sql`${new Date(now).toISOString()}::timestamptz`;
// Not of undefined: a column of another name must not count as none.
const instants = (list: readonly string[] | null): Instant[] =>
  list === null ? [] : list.map((each) => Date.parse(each));

/** A run, with what its limits need. */
type LimitedRun = {
  readonly number: number;
  readonly runbook: string;
  readonly sha: string;
  readonly target: string;
  readonly service: string | null;
  readonly domains: readonly string[];
  /** The step that is to start: its own attempts before do not count against it. */
  readonly index?: number;
};

type RunLimits = {
  readonly off: { readonly by: string; readonly scope: string } | null;
  readonly breakerOpenUntil: Instant | null;
  readonly lastWroteAt: Instant | null;
  readonly recentWrites: readonly Instant[];
  readonly otherTargets: number;
  readonly writes: readonly Instant[];
  readonly domainWrites: readonly Instant[];
  readonly domainBusyBy: number | null;
  readonly lockedBy: number | null;
  readonly verified: number;
};

/** A run that proved that its runbook helps. One of a version that did not look closer counts when an alert began it. */
const EARNED = sql`state = 'succeeded' and coalesce(proved, alert is not null)`;

type LimitsRow = {
  off: { by: Actor; scope: string; name: string } | null;
  open: string | null;
  last: string | null;
  recent: string[] | null;
  targets: number;
  writes: string[] | null;
  near: string[] | null;
  busy: number | null;
  locked: number | null;
  verified: number;
};

/** What limits a run is counted against. To be called in the transaction that starts a step; with `writes`, one after another. */
export async function readRunLimits(
  tx: QueryExecutor,
  run: LimitedRun,
  since: { readonly now: Instant; readonly maxRuns: Instant; readonly budget: Instant; readonly domain: Instant },
  writes: boolean,
): Promise<RunLimits> {
  if (writes) await tx.execute(sql`select pg_advisory_xact_lock(${BUDGET_LOCK})`);
  const { number, runbook, sha, target, service, domains, index = null } = run;
  // A step counts once, from the first attempt that could have changed something: one before may not have got so far.
  const first = sql`steps.writes and not exists (select 1 from steps earlier where earlier.run = steps.run and earlier.idx = steps.idx and earlier.attempt < steps.attempt and earlier.writes)`;
  const sharing =
    domains.length === 0
      ? sql`false`
      : sql`exists (select 1 from json_array_elements_text(runs.domains) d where d in ${[...domains]})`;
  const live = sql`state not in ('succeeded','failed','canceled','suggested')`;
  const { rows } = await tx.execute<LimitsRow>(sql`select
    (select json_build_object('by', "by", 'scope', scope, 'name', name) from automation_switches where (scope = 'all') or (scope = 'service' and name = ${service ?? ""}) or (scope = 'runbook' and name = ${runbook}) limit 1) as off,
    (select max(open_until)::text from breakers where target = ${target}) as open,
    (select max(wrote_at)::text from runs where target = ${target} and number <> ${number}) as last,
    (select json_agg(wrote_at order by wrote_at) from runs where runbook = ${runbook} and number <> ${number} and wrote_at > ${at(since.maxRuns)}) as recent,
    (select count(distinct target)::integer from runs where runbook = ${runbook} and target <> ${target} and wrote_at is not null and ${live}) as targets,
    (select json_agg(started_at order by started_at) from steps where ${first} and started_at > ${at(since.budget)} and not (run = ${number} and idx is not distinct from ${index}::integer)) as writes,
    (select json_agg(steps.started_at order by steps.started_at) from steps join runs on runs.number = steps.run where ${first} and steps.run <> ${number} and steps.started_at > ${at(since.domain)} and ${sharing}) as near,
    (select min(number) from runs where number <> ${number} and wrote_at is not null and ${live} and ${sharing}) as busy,
    (select run from run_locks where key = ${target} and run <> ${number}) as locked,
    (select count(*)::integer from runs where runbook = ${runbook} and sha = ${sha} and ${EARNED} and ${domains.length === 0 ? sql`true` : sharing}) as verified`);
  return toRunLimits(rows[0]!);
}

function toRunLimits(row: LimitsRow): RunLimits {
  return {
    off:
      row.off === null ? null : { by: row.off.by.name, scope: row.off.scope === "all" ? "everything" : row.off.name },
    breakerOpenUntil: row.open === null ? null : Date.parse(row.open),
    lastWroteAt: row.last === null ? null : Date.parse(row.last),
    recentWrites: instants(row.recent),
    otherTargets: row.targets,
    writes: instants(row.writes),
    domainWrites: instants(row.near),
    domainBusyBy: row.busy,
    lockedBy: row.locked,
    verified: row.verified,
  };
}

/** Takes the target for a run; nothing when it has it. */
export async function takeRunLock(tx: QueryExecutor, key: string, run: number): Promise<void> {
  await tx.insert(runLocksTable).values({ key, run }).onConflictDoNothing();
}

export async function releaseRunLocks(tx: QueryExecutor, run: number): Promise<void> {
  await tx.delete(runLocksTable).where(eq(runLocksTable.run, run));
}

/**
 * Counts a run that was not verified; after `most` of them in a row, of whatever runbooks, the breaker of their target is
 * open for all of these. A verified one begins the count again. Answers until when it is open.
 */
export async function recordVerification(
  tx: QueryExecutor,
  { runbook, target }: { readonly runbook: string; readonly target: string },
  verified: boolean,
  rule: { readonly failedVerifies: number; readonly open: number },
  now: Instant,
): Promise<Instant | null> {
  if (verified) {
    await tx.delete(breakersTable).where(eq(breakersTable.target, target));
    return null;
  }
  await tx.execute(
    sql`insert into breakers (runbook, target, fails) values (${runbook}, ${target}, 1) on conflict (runbook, target) do update set fails = breakers.fails + 1`,
  );
  const { rows } = await tx.execute<{ fails: number }>(
    sql`select sum(fails)::integer as fails from breakers where target = ${target}`,
  );
  if ((rows[0]?.fails ?? 0) < rule.failedVerifies) return null;
  const until = now + rule.open;
  await tx.execute(
    sql`update breakers set open_until = ${at(until)} where runbook = ${runbook} and target = ${target}`,
  );
  return until;
}

export type AutomationSwitch = { readonly scope: "all" | "service" | "runbook"; readonly name: string };

/** Switches automation on, or off with who did it. Answers whether that changed anything. */
export async function switchAutomation(
  tx: QueryExecutor,
  { scope, name }: AutomationSwitch,
  off: { readonly by: Actor; readonly at: Instant } | null,
): Promise<boolean> {
  // Starting a step takes this lock too: the step has begun before the switch is reported as off, or it sees the switch
  // and does not begin.
  await tx.execute(sql`select pg_advisory_xact_lock(${BUDGET_LOCK})`);
  const known = and(eq(automationSwitchesTable.scope, scope), eq(automationSwitchesTable.name, name));
  if (off === null)
    return (
      (await tx.delete(automationSwitchesTable).where(known).returning({ name: automationSwitchesTable.name })).length >
      0
    );
  const { rows } = await tx.execute(
    sql`${bulkInsert(automationSwitchesTable, [{ scope, name, ...off }])} on conflict do nothing returning name`,
  );
  return rows.length > 0;
}

/** Everything that is switched off. */
export async function listKillSwitches(
  db: QueryExecutor,
): Promise<(AutomationSwitch & { readonly by: string; readonly at: Instant })[]> {
  return (await db.select().from(automationSwitchesTable)).map(({ scope, name, by, at: when }) => ({
    scope,
    name,
    by: by.name,
    at: when.getTime(),
  }));
}

/** Words of a runbook. */
export type RunbookText = Pick<Run, "runbook" | "sha">;

/** How the runs of each runbook that changed something ended. */
export async function countRunOutcomes(
  db: QueryExecutor,
  texts: readonly RunbookText[],
): Promise<Map<string, Counted>> {
  if (texts.length === 0) return new Map();
  const rows = await db
    .select({
      runbook: runsTable.runbook,
      verified: sql<number>`count(*) filter (where ${runsTable.state} = 'succeeded')::integer`,
      here: sql<number>`count(*) filter (where ${EARNED} and ${runsTable.sha} in ${texts.map(({ sha }) => sha)})::integer`,
      of: sql<number>`count(*)::integer`,
    })
    .from(runsTable)
    .where(
      and(
        sql`${runsTable.runbook} in ${texts.map(({ runbook }) => runbook)}`,
        sql`${runsTable.wroteAt} is not null`,
        sql`${runsTable.finishedAt} is not null`,
      ),
    )
    .groupBy(runsTable.runbook);
  return new Map(rows.map(({ runbook, ...record }) => [runbook, record]));
}

/** The track record of some runbooks: a run of a private incident counts, without its incident and target. */
export async function readTrackRecords(
  db: QueryExecutor,
  texts: readonly RunbookText[],
  now: Instant,
): Promise<Map<string, TrackRecord>> {
  if (texts.length === 0) return new Map();
  const counted = await countRunOutcomes(db, texts);
  const runbooks = texts.map(({ runbook }) => runbook);
  const { rows: last } = await db.execute<{ runbook: string; state: RunState; at: string }>(
    sql`select distinct on (runbook) runbook, state, created_at::text as at from runs where runbook in ${runbooks} order by runbook, number desc`,
  );
  const { rows: open } = await db.execute<{ runbook: string; until: string }>(
    sql`select runbook, max(open_until)::text as until from breakers where runbook in ${runbooks} and open_until > ${at(now)} group by runbook`,
  );
  return new Map(
    runbooks.map((id) => {
      const ran = last.find(({ runbook }) => runbook === id);
      const until = open.find(({ runbook }) => runbook === id)?.until;
      return [
        id,
        {
          ...(counted.get(id) ?? NO_RUN_RECORD),
          last: ran === undefined ? null : { state: ran.state, at: Date.parse(ran.at) },
          openUntil: until === undefined ? null : Date.parse(until),
        },
      ];
    }),
  );
}

/**
 * Whether more than `most` alerts of a name fire that began since an instant, or that Muster received since then, or a storm
 * is on. A start is by the sender's clock and may be reported minutes late, so either counts; one that fired long ago too
 * is received when its incident opens. Labels are searched as the text they are stored as: read as JSON, PostgreSQL would
 * refuse what alerts may hold.
 */
export async function isSystemicFailure(
  tx: QueryExecutor,
  alertname: string,
  since: Instant,
  most: number,
): Promise<boolean> {
  const { rows } = await tx.execute<{ systemic: boolean }>(
    sql`select (select count(*) from alerts where status = 'firing' and position(${`"alertname":${JSON.stringify(alertname)}`} in labels::text) > 0
        and (starts_at > ${at(since)} or first_seen_at > ${at(since)} or incident in (select number from incidents where opened_at > ${at(since)}))) > ${most}
      or exists (select 1 from incidents where key = ${STORM_KEY} and status in ('triggered','acknowledged','mitigated')) as systemic`,
  );
  return rows[0]?.systemic === true;
}
