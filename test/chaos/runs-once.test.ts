import pg from "pg";
import { describe, expect, test } from "vitest";
import { querySql, describeLive, newDatabase } from "#test/support/harness/servers/live.ts";
import { stringOrEmpty } from "#test/support/builders/json.ts";
import { errorsIn } from "#test/support/harness/processes/muster-process.ts";
import {
  APPROVED_BY_ONE,
  planKill,
  journalStates,
  useRunChaos,
  KILL_POINTS,
  stepFence,
  signalOnArrival,
} from "#test/support/harness/processes/run-kill-plans.ts";
import { LEASE_MS } from "#test/support/harness/processes/run-chaos.ts";
import { aChaosRunbook } from "#test/support/harness/processes/target-server.ts";
import { waitFor } from "#test/support/harness/wait-until.ts";

// What must not happen twice, in a process that is killed or frozen at every point of it.

const SEND = (alertname: string) => (port: number) =>
  aChaosRunbook(
    alertname,
    stepFence(`id: send
uses: http.request
with: { method: POST, url: 'http://127.0.0.1:${port}/effects/$service' }
approve: { from: ['@orders'], count: 2, expires: 10m }
timeout: 2s`),
  );

describeLive("a step that must not happen twice, where nobody can look it up", ["postgres"], () => {
  const on = useRunChaos(() => Promise.resolve({ alertname: "Once", services: [], runbook: SEND("Once") }));
  const effects = (number: number): number => on.victims.world.effects.get(`once-${number}`)?.length ?? 0;
  const requests = async (number: number): Promise<string[]> =>
    (await on.victims.timeline(await on.victims.run(number))).flatMap(({ type, actor }) =>
      /^run\.(unknown|settled)$/.test(type) ? [`${type} ${actor}`] : [],
    );

  test.each(KILL_POINTS.map((point, i) => [point, i + 1] as const))(
    "happens once, killed at %s",
    async (point, number) => {
      const { victims } = on;
      const deaths = victims.deaths();
      await victims.fires(`once-${number}`);
      await victims.reaches(number, "waiting-approval");
      await victims.approves(number, "alice");
      planKill(victims, number, point, "send", `effects/once-${number}`);
      await victims.approves(number, "bob");
      const begun = ["run.started", "on the wire", "run.acted"].includes(point);
      const run = await victims.reaches(number, begun ? "unknown" : "succeeded");
      expect(victims.deaths()).toBe(deaths + 1);
      if (begun) {
        expect(run.reason).toMatch(/; nobody can look whether it happened$/);
        expect(effects(number)).toBe(point === "run.started" ? 0 : 1);
        await victims.presses(number, point === "run.started" ? "It did not: run it" : "It happened", "charlie");
        await victims.reaches(number, "succeeded");
      }
      expect(effects(number)).toBe(1);
      expect(await requests(number)).toEqual(begun ? ["run.unknown Muster", "run.settled Charlie"] : []);
    },
  );

  test("is killed again when it is run again, asked about again, and stopped", async () => {
    const { victims } = on;
    const number = KILL_POINTS.length + 1;
    await victims.fires(`once-${number}`);
    await victims.reaches(number, "waiting-approval");
    victims.dooms(...["run.started", "run.started"].map((each) => ({ run: number, step: each, id: "send" })));
    await victims.approves(number, "alice", "bob");
    await victims.reaches(number, "unknown");
    await victims.presses(number, "It did not: run it", "alice");
    await waitFor(async () => journalStates(await victims.journal(number), 0).join() === "failed,unknown", {
      what: "the second time",
      timeoutMs: 20_000,
    });
    await victims.reaches(number, "unknown");
    await victims.presses(number, "Stop", "dana");
    expect(await victims.reaches(number, "canceled")).toMatchObject({ reason: expect.stringContaining("stopped it") });
    expect(effects(number)).toBe(0);
    expect(await requests(number)).toEqual([
      "run.unknown Muster",
      "run.settled Alice",
      "run.unknown Muster",
      "run.settled Dana",
    ]);
  });

  test("an approval during which the process dies does not count and is given again", async () => {
    const { victims } = on;
    const number = KILL_POINTS.length + 2;
    await victims.fires(`once-${number}`);
    await victims.reaches(number, "waiting-approval");
    await victims.approves(number, "alice");
    victims.dooms();
    const client = await victims.connection.pool.connect();
    await client.query("begin");
    await client.query("select 1 from runs where number = $1 for update", [number]);
    const approving = victims.approves(number, "bob");
    const waits = async (): Promise<boolean> =>
      (await querySql(victims.stage.env["DATABASE_URL"]!, "select 1 from pg_locks where not granted")).length > 0;
    await waitFor(waits, { what: "the approval to wait for the run" });
    const deaths = victims.deaths();
    victims.current().signal("SIGKILL");
    await waitFor(() => victims.deaths() > deaths, { what: "its end" });
    await client.query("commit");
    client.release();
    await approving;
    await victims.reaches(number, "succeeded");
    expect(effects(number)).toBe(1);
    const approvals = (await victims.timeline(await victims.run(number)))
      .filter(({ type }) => type === "run.approved")
      .map(({ actor }) => actor);
    expect(approvals).toEqual(["Alice", "Bob"]);
  });
});

describeLive("a worker that is frozen past its claim, and thawed", ["postgres"], () => {
  const on = useRunChaos(() => Promise.resolve({ alertname: "Frozen", services: [], runbook: SEND("Frozen") }));
  const effects = (number: number): number => on.victims.world.effects.get(`frozen-${number}`)?.length ?? 0;

  test.each([
    ["before the deed does nothing any more", "run.started", 1],
    ["in the deed writes nothing down any more", "on the wire", 2],
  ] as const)("%s", async (_, point, number) => {
    const { victims } = on;
    await victims.fires(`frozen-${number}`);
    await victims.reaches(number, "waiting-approval");
    const frozen = victims.current();
    if (point === "on the wire") signalOnArrival(victims, `effects/frozen-${number}`, "SIGSTOP");
    else victims.dooms({ run: number, step: point, id: "send", signal: "SIGSTOP" });
    const approving = victims.approves(number, "alice", "bob").catch(() => {});
    await victims.writes(number, (journal) => journalStates(journal, 0).includes("started"));
    const other = await victims.another();
    await other.ready();
    await victims.reaches(number, "unknown");
    const before = effects(number);
    expect(before).toBe(point === "on the wire" ? 1 : 0);

    const wakes = frozen.log.length;
    frozen.signal("SIGCONT");
    await waitFor(() => frozen.get("/health/ready").then(({ status }) => status === 200), {
      what: "the frozen one to be itself again",
    });
    // It works again: an alert that only it is sent is taken by it.
    await frozen.fire({ name: "Other", severity: "P4", service: `thawed-${number}` });
    await new Promise((resolve) => setTimeout(resolve, LEASE_MS));
    // The database cut off what else it had in hand when it froze, and it may log that; about runs it must log nothing.
    expect(errorsIn(frozen.log.slice(wakes)).filter(({ msg }) => stringOrEmpty(msg).includes("a run "))).toEqual([]);
    expect([effects(number), (await victims.run(number)).state]).toEqual([before, "unknown"]);
    await frozen.kill();
    await approving;

    await victims.presses(number, before === 1 ? "It happened" : "It did not: run it", "alice");
    await victims.reaches(number, "succeeded");
    expect(effects(number)).toBe(1);
    expect(new Set(victims.world.effects.get(`frozen-${number}`)).size).toBe(1);
  });
});

describeLive("a step that must not happen twice, where it can be looked up", ["postgres"], () => {
  let url = "";
  const on = useRunChaos(async () => {
    url = await newDatabase();
    await querySql(url, "CREATE TABLE muster_calls (key text PRIMARY KEY, at timestamptz NOT NULL DEFAULT now())");
    return {
      alertname: "Cancel",
      services: [],
      datasource: url,
      runbook: () =>
        aChaosRunbook(
          "Cancel",
          [
            stepFence(
              `id: blockers\nuses: sql.query\nwith: { datasource: orders, args: [$service], sql: 'SELECT pid FROM pg_stat_activity WHERE application_name = $1' }`,
            ),
            stepFence(
              `id: cancel\nuses: sql.call\nwith: { datasource: orders, call: cancel-backends, pids: steps.blockers.rows }\n${APPROVED_BY_ONE}\ntimeout: 2s`,
            ),
          ].join("\n\n"),
        ),
    };
  });

  /** Someone whose statement blocks, and begins it again whenever it is canceled; counts how often that was. */
  async function blocks(name: string): Promise<{ canceled: number; stop(): Promise<void> }> {
    const client = new pg.Client({ connectionString: url, application_name: name });
    client.on("error", () => {});
    await client.connect();
    const state = { canceled: 0, over: false };
    const loop = async (): Promise<void> => {
      while (!state.over) {
        try {
          await client.query("select pg_sleep(600)");
        } catch {
          if (!state.over) state.canceled += 1;
        }
      }
    };
    const looping = loop();
    return Object.assign(state, {
      async stop() {
        state.over = true;
        await querySql(
          url,
          `select pg_terminate_backend(pid) from pg_stat_activity where application_name = '${name}'`,
        );
        await looping;
      },
    });
  }

  describe.each([
    ["run.started", 1],
    ["run.acted", 2],
  ] as const)("killed at %s", (point, number) => {
    test("happens once, and asks no one", async () => {
      const { victims } = on;
      const deaths = victims.deaths();
      const blocker = await blocks(`cancel-${number}`);
      await victims.fires(`cancel-${number}`);
      await victims.reaches(number, "waiting-approval");
      victims.dooms({ run: number, step: point, id: "cancel" });
      await victims.approves(number, "alice");
      const run = await victims.reaches(number, "succeeded", "unknown", "failed", "canceled");
      expect([run.state, run.reason]).toEqual(["succeeded", "0.5 (wanted < 1)"]);
      expect(victims.deaths()).toBe(deaths + 1);
      expect(blocker.canceled).toBe(1);
      // What was not done is begun again only when the killed worker could no longer do it, even if it were only frozen.
      const journal = await victims.journal(number);
      expect(journalStates(journal, 1)).toEqual(point === "run.started" ? ["failed", "finished"] : ["finished"]);
      if (point === "run.started") {
        const [first, second] = journal.filter(({ idx }) => idx === 1);
        expect(second!.startedAt! - first!.startedAt!).toBeGreaterThanOrEqual(LEASE_MS + 2_000);
      }
      await blocker.stop();
    });
  });
});
