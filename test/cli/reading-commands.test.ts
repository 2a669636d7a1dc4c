import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startTwoServices, type TestApp } from "#test/support/harness/app.ts";
import { runCli, type CommandOutput } from "#test/support/harness/processes/run-cli.ts";
import { temporaryDirectory } from "#test/support/harness/servers/temporary-directory.ts";

const directory = temporaryDirectory("cli");

let app: TestApp;
beforeAll(async () => void (app = await startTwoServices()));
afterAll(() => app.stop());

/** `muster …` typed in a directory of its own. */
function runReading(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<CommandOutput> {
  return runCli(directory, args, { MUSTER_URL: app.url, MUSTER_API_TOKENS: "secret", ...env });
}

describe.concurrent("muster stats", () => {
  test("prints the figures as tables", async () => {
    const { code, out, err } = await runReading(["stats", "--from", "2026-10-22", "--to", "2026-11-22"]);
    expect([code, err]).toEqual([0, ""]);
    expect(out).toMatch(
      /^From 2026-10-22T\S+ to 2026-11-22T\S+: 2 incidents, 2 of them open; hours in UTC\nP1 1, P3 1$/m,
    );
    expect(out).toMatch(/^TIME TO +INCIDENTS +MEAN +P50 +P90 +P95$/m);
    expect(out).toMatch(/^order-service +2026-11 +/m);
  });

  test("as JSON, as CSV, of one service and period", async () => {
    const json = JSON.parse(
      (await runReading(["stats", "--json", "--service", "search", "--to", "2026-11-22"])).out,
    ) as {
      incidents: { total: number };
    };
    expect(json.incidents.total).toBe(1);
    expect((await runReading(["stats", "--csv", "--from", "2026-01-01", "--to", "2026-02-01"])).out).toContain(
      "\nincidents,total,0,incidents\r\n",
    );
  });

  test.each([
    { args: ["--from", "soon"], code: 2, says: /--from: "soon" is no time; write a day like/ },
    { args: ["--from", "2026-11-02", "--to", "2026-11-01"], code: 2, says: /--from: it must be before/ },
    { args: ["--from", "2026-11-01", "--to", "9999-12-31"], code: 2, says: /--to: at the latest 2100-01-01/ },
    { args: ["--from", "2026-02-30"], code: 2, says: /--from: "2026-02-30" is no time/ },
    { args: ["--zone", "Mars/Phobos"], code: 2, says: /--zone: "Mars\/Phobos" is no time zone/ },
    { args: ["--json", "--csv"], code: 2, says: /either --json or --csv/ },
    { args: ["search"], code: 2, says: /--service/ },
  ])("$args explains what is wrong", async ({ args, code, says }) => {
    expect(await runReading(["stats", ...args])).toMatchObject({ code, err: expect.stringMatching(says) as string });
  });
});

describe.concurrent("muster incidents", () => {
  test("lists open incidents, newest first", async () => {
    const { code, out, err } = await runReading(["incidents"]);
    expect([code, err]).toEqual([0, ""]);
    const [head, ...rows] = out.trimEnd().split("\n");
    expect(head).toMatch(/^ID +PRIORITY +STATUS +SINCE \(UTC\) +FIRING +COMMANDER +TITLE$/);
    expect(rows).toEqual([
      expect.stringMatching(/^INC-2 +P3 +triggered +2026-11-21 14:31:00 +1\/1 +- +latency of search$/),
      expect.stringMatching(/^INC-1 +P1 .*latency of order-service$/),
    ]);
  });

  test("is JSON for a program", async () => {
    const { out } = await runReading(["incidents", "--all", "--json"]);
    expect((JSON.parse(out) as { id: string }[]).map(({ id }) => id)).toEqual(["INC-2", "INC-1"]);
  });

  test("rejects an invalid address as wrong usage", async () => {
    expect(await runReading(["incidents", "--url", "nonsense"])).toMatchObject({
      code: 2,
      err: expect.stringContaining('--url: "nonsense" is no URL') as string,
    });
    expect(await runReading(["incidents"], { MUSTER_URL: "nonsense" })).toMatchObject({
      code: 2,
      err: expect.stringContaining("MUSTER_URL:") as string,
    });
  });

  test("refuses without a token or without a server, and explains what to do", async () => {
    expect(await runReading(["incidents"], { MUSTER_API_TOKENS: "wrong" })).toMatchObject({
      code: 1,
      out: "",
      err: expect.stringMatching(
        /answered 401: this token is none of MUSTER_API_TOKENS, and no named token\. Set MUSTER_API_TOKENS here/,
      ) as string,
    });
    expect(await runReading(["incidents", "--url", "http://127.0.0.1:9"])).toMatchObject({
      code: 1,
      err: expect.stringMatching(/No Muster answers at http:\/\/127\.0\.0\.1:9\. Start one/) as string,
    });
  });
});

describe.concurrent("muster timeline and postmortem", () => {
  test("prints the timeline", async () => {
    const { code, out } = await runReading(["timeline", "inc-1"]);
    expect(code).toBe(0);
    expect(out).toMatch(
      /^TIME \(UTC\) +WHO +WHAT\n2026-11-21 14:32:00 +Alertmanager +INC-1 opened as P1 \(SEV-2\): latency of order-service/,
    );
    expect(
      (JSON.parse((await runReading(["timeline", "INC-1", "--json"])).out) as { type: string }[])[0],
    ).toMatchObject({
      type: "incident.opened",
    });
  });

  test("prints the draft, or writes it to the given folder", async () => {
    const { code, out } = await runReading(["postmortem", "INC-1"]);
    expect([code, out]).toEqual([0, expect.stringMatching(/^# INC-1 latency of order-service/)]);
    const file = join(directory, "draft.md");
    expect(await runReading(["postmortem", "INC-1", "--out", file])).toEqual({
      code: 0,
      out: `Written to ${file}\n`,
      err: "",
    });
    expect(readFileSync(file, "utf8")).toBe(out);
  });

  test("reports a missing output folder", async () => {
    expect(await runReading(["postmortem", "INC-1", "--out", "/nonexistent/x.md"])).toEqual({
      code: 1,
      out: "",
      err: "--out /nonexistent/x.md: the folder /nonexistent does not exist\n",
    });
  });

  test("reports an unknown incident", async () => {
    for (const verb of ["timeline", "postmortem"])
      expect(await runReading([verb, "INC-9"])).toMatchObject({
        code: 1,
        out: "",
        err: expect.stringContaining("answered 404: there is no INC-9") as string,
      });
  });

  test.each([
    [["timeline"]],
    [["timeline", "9"]],
    [["postmortem", "INC-1", "INC-2"]],
    [["postmortem", "INC-1", "--out"]],
  ])("%o is wrong usage", async (args) => {
    expect(await runReading(args)).toMatchObject({
      code: 2,
      out: "",
      err: expect.stringContaining("usage: muster ") as string,
    });
  });
});
