import { incidentsByNumber } from "#db/incidents.ts";
import type { IncidentCommand } from "#domain/commands/command-registry.ts";
import type { Actor, Person } from "#domain/values/language.ts";
import type { RunRequestReply } from "#engine/automation/run-change.ts";
import { answerRunRequest } from "#engine/automation/run-commands.ts";
import { alertOf, deliveryOf } from "#test/support/builders/webhooks.ts";
import { HOUR } from "#test/support/builders/instants.ts";
import { passTime } from "#test/support/harness/engine/lanes.ts";
import { upgradeFixture, type UpgradeApp, type UpgradeExpected, type UpgradeWorld } from "./upgrade-app.ts";
import { aSubmission } from "#test/support/builders/submissions.ts";

type TimelineRow = {
  readonly seq: number;
  readonly type: string;
  readonly at: string;
  readonly summary: string;
  readonly data: Readonly<Record<string, unknown>>;
};
export type IncidentPage = {
  readonly incident: object;
  readonly entries: readonly TimelineRow[];
  readonly alerts: readonly object[];
  readonly runs: readonly object[];
};

const world = JSON.parse(upgradeFixture("world.json")) as UpgradeWorld;
const expected = JSON.parse(upgradeFixture("expected.json")) as UpgradeExpected;
const { names, runs } = expected;
const incidents = Object.keys(expected).filter((key) => /^INC-\d+$/.test(key));
const numberOf = (id: string | undefined): number => Number(id!.replace(/^\D+/, ""));

/** What the tests of an upgrade read and do in the application. Incidents and runs go by their names in expected.json. */
export type UpgradeSession = ReturnType<typeof upgradeSession>;

/** `app` answers the application once it has started. */
export function upgradeSession(app: () => UpgradeApp) {
  return {
    world,
    expected,
    names,
    runs,
    incidents,
    numberOf,
    get app(): UpgradeApp {
      return app();
    },
    ...upgradeReads(app),
    ...upgradeActions(app),
  };
}

function upgradeReads(app: () => UpgradeApp) {
  const readJson = async (path: string): Promise<unknown> =>
    (await app().get(path, { accept: "application/json" })).json();
  const readAs = async <T>(path: string): Promise<T> => (await readJson(path)) as T;
  const readIncident = (id: string): Promise<unknown> => readJson(`/api/incidents/${id}`);
  const timelineOf = async (of: string): Promise<readonly TimelineRow[]> =>
    (await readAs<IncidentPage>(`/api/incidents/${names[of]}/timeline`)).entries;
  const entriesSince = async (of: string): Promise<readonly TimelineRow[]> => {
    const known = (expected[names[of]!] as IncidentPage).entries.map(({ seq }) => seq);
    return (await timelineOf(of)).filter(({ seq }) => !known.includes(seq));
  };
  const typesSince = async (of: string): Promise<readonly string[]> => (await entriesSince(of)).map(({ type }) => type);
  const runOf = async (of: string): Promise<{ readonly state: string; readonly reason: string }> =>
    (await readAs<{ runs: { id: string; state: string; reason: string }[] }>("/api/runs?limit=200")).runs.find(
      ({ id }) => id === runs[of],
    )!;
  const rows = async <Row extends object>(text: string): Promise<readonly Row[]> =>
    (await app().engine.connection.pool.query<Row>(text)).rows;
  /** Whom this version paged. */
  const pagedFor = (of: string): string[] =>
    app()
      .paging.triggered.filter(({ dedupKey }) => dedupKey.startsWith(`muster:${names[of]}:`))
      .map(({ to }) => to);
  return { readJson, readAs, readIncident, timelineOf, entriesSince, typesSince, runOf, rows, pagedFor };
}

function upgradeActions(app: () => UpgradeApp) {
  /** Passes time until so long after the earlier version ended. */
  const passUntil = (after: number): Promise<void> =>
    passTime(
      { connection: app().engine.connection, laneWorkers: app().workers, time: app().time },
      world.now + after - app().time.now,
    );
  async function submitCommand(of: string, command: IncidentCommand, actor: Actor): Promise<void> {
    const body = { type: "incident", incident: numberOf(names[of]), command } as const;
    await app().submit(aSubmission(body, { actor, at: app().time.now }));
    await app().settles();
  }
  async function answerRun(
    of: string,
    what: Parameters<typeof answerRunRequest>[1],
    { id, name }: Person,
  ): Promise<RunRequestReply> {
    const [stored] = await incidentsByNumber(app().engine.connection.db, [numberOf(names[of])]);
    const reply = await answerRunRequest(app().engine, what, { id, name }, stored!.state);
    await app().settles();
    return reply;
  }
  /** Sends a verb through the API and answers the response, which waits for the workers. */
  async function say(text: string, as: string): Promise<{ readonly status: number; readonly body: unknown }> {
    const request: { answer: Response | null } = { answer: null };
    const attemptFor = app()
      .post("/api/verbs", { text, as })
      .then((answer) => (request.answer = answer));
    while (request.answer === null) {
      await app().settles();
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    const answer = await attemptFor;
    return { status: answer.status, body: await answer.json() };
  }
  async function resolveAlert(service: string, alertname = "HighLatency"): Promise<void> {
    const labels = { alertname, service, severity: "P2" };
    await app().post(
      "/webhooks/alertmanager",
      deliveryOf([alertOf(labels, { startsAt: world.now - HOUR, endsAt: app().time.now })]),
    );
    await app().settles();
  }
  return { passUntil, submitCommand, answerRun, say, resolveAlert };
}
