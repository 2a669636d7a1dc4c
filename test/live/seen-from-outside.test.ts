import { readFileSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runCli } from "#test/support/harness/processes/run-cli.ts";
import {
  readIncidents,
  startLiveSetup,
  waitUntilSettled,
  type LiveSetup,
} from "#test/support/harness/processes/live-setup.ts";
import { startMuster, type MusterProcess } from "#test/support/harness/processes/muster-process.ts";
import { describeLive } from "#test/support/harness/servers/live.ts";
import { temporaryDirectory } from "#test/support/harness/servers/temporary-directory.ts";
import { wallClock } from "#test/support/harness/test-clock.ts";
import { waitFor } from "#test/support/harness/wait-until.ts";

// What was seen once from outside of a running process, each in its own words.

const WEEKDAYS = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];

/** Policy of a team whose schedule has no one today, and of a rotation of three. */
function adjusted(policy: Record<string, object>): object {
  const today = new Date(wallClock()).getUTCDay();
  const other = WEEKDAYS.filter((_, day) => day !== today && day !== (today + 1) % 7 && day !== (today + 6) % 7);
  const hours = [{ days: other, from: "00:00", to: "23:59" }];
  return {
    ...policy,
    schedules: {
      turns: { timezone: "UTC", layers: [{ people: ["alice", "bob", "charlie"], shift: "weekly" }] },
      weekdays: { timezone: "UTC", layers: [{ people: ["alice", "bob"], shift: "weekly", only: hours }] },
    },
    teams: {
      ...policy["teams"],
      turning: { channel: "payments", schedule: "turns" },
      idle: { channel: "payments", members: ["bob"], schedule: "weekdays", escalation: [["team"], ["dana"]] },
      search: { channel: "payments", oncall: ["bob"] },
      payments: { channel: "payments", oncall: ["charlie"] },
    },
    services: {
      ...policy["services"],
      "payments-api": { team: "payments", match: ['namespace="payments"'] },
      weekend: { team: "idle" },
    },
  };
}

/** A delivery as a source writes it, with what the test is about. */
async function postsAlert(muster: MusterProcess, labels: Record<string, string>, startsAt?: string): Promise<void> {
  const alert = {
    status: "firing",
    labels,
    annotations: {},
    startsAt: startsAt ?? new Date(wallClock()).toISOString(),
    endsAt: "0001-01-01T00:00:00Z",
    generatorURL: "",
  };
  const answer = await fetch(`${muster.url}/webhooks/alertmanager`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({
      version: "4",
      receiver: "muster",
      status: "firing",
      groupKey: `{}:{alertname="${labels["alertname"]!}"}`,
      truncatedAlerts: 0,
      externalURL: "http://alertmanager.example:9093",
      alerts: [alert],
    }),
  });
  expect(answer.status).toBe(202);
}

describeLive("A running Muster", ["postgres"], () => {
  let stage: LiveSetup;
  let muster: MusterProcess;
  beforeAll(async () => {
    stage = await startLiveSetup("postgres", { adjust: adjusted });
    muster = await startMuster({ env: stage.env, victim: { pager: stage.pager.url } });
    await muster.ready();
  }, 120_000);
  afterAll(async () => {
    await muster.stop();
    await stage.close();
  });
  const opened = async (count: number): Promise<void> => {
    await waitFor(async () => (await readIncidents(muster)).length === count, { what: `incident ${count}` });
    await waitUntilSettled(muster);
  };
  const woken = (incident: string): string[] =>
    stage.pager
      .woken()
      .filter((page) => page.incident === incident)
      .map(({ to }) => to);

  test("gives two teams whose alerts one exporter reports an incident each", async () => {
    const exporter = { severity: "P1", job: "kube-state-metrics" };
    await postsAlert(muster, { ...exporter, alertname: "KubeJobFailed", namespace: "search", team: "search" });
    await opened(1);
    await postsAlert(muster, {
      ...exporter,
      alertname: "KubePodCrashLooping",
      namespace: "payments",
      team: "payments",
    });
    await opened(2);
    expect([woken("INC-1"), woken("INC-2")]).toEqual([["Bob"], ["Charlie"]]);
  });

  test("counts an alert without a start from its receipt", async () => {
    await postsAlert(muster, { alertname: "Unset", severity: "P2", service: "unset" }, "0001-01-01T00:00:00Z");
    await opened(3);
    const { detectedAt } = (await muster.api("/api/incidents/INC-3")) as { detectedAt: string };
    expect(wallClock() - Date.parse(detectedAt)).toBeLessThan(120_000);
    // Every figure of the period, by any name, is of this run.
    const figures = (await muster.get("/api/stats")).text;
    expect(figures).toContain('"detect"');
    const ms = [...figures.matchAll(/"(?:detect|acknowledge|mitigate|resolve)[^:]*":\s*\{[^}]*\}/g)].flatMap(([part]) =>
      [...part.matchAll(/:\s*(-?\d+)/g)].map(([, number]) => Number(number)),
    );
    expect(ms.filter((each) => each < 0 || each > 600_000)).toEqual([]);
    expect(figures).not.toMatch(/:\s*-\d/);
  });

  test("pages whom `muster route` names, where a schedule has no one on this day", async () => {
    const labels = { alertname: "Weekend", severity: "P1", service: "weekend" };
    const words = Object.entries(labels).map(([name, value]) => `${name}=${value}`);
    const { out } = await runCli(temporaryDirectory("route"), ["route", "--json", ...words], stage.env);
    const { forecast } = JSON.parse(out) as { forecast: readonly { to: string; step: number }[] };
    await postsAlert(muster, labels);
    await opened(4);
    expect(forecast[0]?.to).toBe(woken("INC-4")[0]);
    expect(woken("INC-4")).not.toEqual([]);
  });

  test("has the same person on call after another one is appended to a rotation", async () => {
    const onCall = async (at = ""): Promise<unknown> => {
      type OnCallTeam = { readonly team: string; readonly primary: readonly { readonly id: string }[] };
      const { teams } = (await muster.api(`/api/oncall${at}`)) as { teams: readonly OnCallTeam[] };
      return teams.find(({ team }) => team === "turning")?.primary.map(({ id }) => id);
    };
    const past = `?at=${new Date(wallClock() - 9 * 86_400_000).toISOString()}`;
    const before = [await onCall(), await onCall(past)];
    expect(before[0]).toHaveLength(1);
    const file = stage.env["MUSTER_CONFIG"]!;
    const text = readFileSync(file, "utf8");
    writeFileSync(file, text.replace('["alice","bob","charlie"],"shift"', '["alice","bob","charlie","dana"],"shift"'));
    expect(readFileSync(file, "utf8")).not.toBe(text);
    muster.signal("SIGHUP");
    await waitFor(() => Promise.resolve(muster.log.some(({ msg }) => msg === "policy reloaded")), {
      what: "the policy to be read again",
    });
    expect([await onCall(), await onCall(past)]).toEqual(before);
  });
});
