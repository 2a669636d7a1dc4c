import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startApp, type TestApp } from "#test/support/harness/app.ts";
import { runCli, type CommandOutput } from "#test/support/harness/processes/run-cli.ts";
import { MINUTE, NOW } from "#test/support/builders/instants.ts";

const CLI = fileURLToPath(new URL("../../src/cli.ts", import.meta.url));
const directory = mkdtempSync(join(tmpdir(), "muster-cli-"));

let app: TestApp;
beforeAll(async () => {
  app = await startApp({ settings: { MUSTER_API_TOKENS: "secret" } });
  for (const [i, service] of ["order-service", "search"].entries()) {
    await app.fires(
      { alertname: "HighLatency", service, severity: i === 0 ? "P1" : "P3" },
      { startsAt: NOW - MINUTE, summary: `latency of ${service}` },
    );
  }
});
afterAll(() => app.stop());

/** `muster …` as a program, on a directory of its own. */
function muster(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<CommandOutput> {
  return runCli(directory, args, { MUSTER_URL: app.url, MUSTER_API_TOKENS: "secret", ...env });
}

function policyFile(name: string, text: string): string {
  const file = join(directory, name);
  writeFileSync(file, text);
  return file;
}

describe.concurrent("muster check", () => {
  test("accepts a valid file", async () => {
    const file = policyFile(
      "good.yaml",
      "defaultTeam: shop\nteams: { shop: { channel: shop, oncall: [dana], escalation: [[dana]] } }\npeople: { dana: { slack: U0DANA001 } }\n",
    );
    expect(await muster(["check", file])).toEqual({ code: 0, out: `${file}: ok\n`, err: "" });
  });

  test("warns when no one is on call", async () => {
    const file = policyFile("nobody.yaml", "unknownSeverity: P3\n");
    expect((await muster(["check", file])).out).toMatch(
      /: ok, with a warning\n {2}warning: teams: there are none, so nobody is on call/,
    );
  });

  test("names file, line and fix of every problem in every file, and the answer is no", async () => {
    const [one, two] = [policyFile("one.yaml", "\ncolour: red\n"), policyFile("two.yaml", "defaultTeam: shop\n")];
    const { code, out, err } = await muster(["check", one, two]);
    expect([code, out]).toEqual([1, ""]);
    expect(err).toBe(
      `${one}:2: unknown key "colour"; check the spelling\n${two}:1: defaultTeam: no team called "shop" under teams\n`,
    );
  });

  test("without a name looks at the file that start would read", async () => {
    const file = policyFile("named.yaml", "archiveAfter: soon\n");
    expect(await muster(["check"], { MUSTER_CONFIG: file })).toMatchObject({
      code: 1,
      err: expect.stringContaining("named.yaml:1: archiveAfter") as string,
    });
    expect((await muster(["check"])).out).toContain(
      "muster.yaml: there is none, so the defaults are in force, with a warning",
    );
    expect(await muster(["check", directory])).toMatchObject({
      code: 1,
      err: `${directory}: is a folder; name a file\n`,
    });
    expect(await muster(["check", "missing.yaml"])).toMatchObject({
      code: 1,
      err: expect.stringContaining("no such file") as string,
    });
  });
});

describe.concurrent("muster route", () => {
  test("shows where an alert would go, and why", async () => {
    const { code, out, err } = await muster(
      ["route", "alertname=HighLatency", "service=order-service", "severity=P1"],
      { MUSTER_CONFIG: app.policyFile },
    );
    expect([code, err]).toEqual([0, ""]);
    for (const line of [
      /^priority +P1$/m,
      /^why +label severity="P1"$/m,
      /^team +orders$/m,
      /^pages +Alice$/m,
      /^escalates +after 10 min to Mia, then vic$/m,
      /^channel +#inc-<n>-order-service-highlatency$/m,
    ])
      expect(out).toMatch(line);
  });

  test("prints JSON for programs, and drops quotes around a value", async () => {
    const { out } = await muster(["route", "--json", 'service="checkout"', "severity=warning"]);
    expect(JSON.parse(out)).toMatchObject({
      priority: "P3",
      service: "checkout",
      pages: "nobody",
      channel: "no channel; told in incidents",
      ticket: "at-once",
    });
  });

  test("shows when no one would be paged, or only people known to PagerDuty", async () => {
    const labels = ["route", "service=other", "severity=P1"];
    expect((await muster(labels)).out).toMatch(/^pages +nobody: nobody is on call$/m);
    expect((await muster(labels, { PAGERDUTY_ROUTING_KEY: "k" })).out).toMatch(
      /^pages +whoever PagerDuty's escalation policy names$/m,
    );
  });

  test("reports that a watchdog opens no incident", async () => {
    expect((await muster(["route", "alertname=Watchdog"])).out).toMatch(
      /^opens +no incident: these are a watchdog's labels, .* 9 h opens one$/m,
    );
    expect((await muster(["route", "alertname=Other"])).out).not.toContain("watchdog");
  });

  test.each([[["route"]], [["route", "checkout"]], [["route", "=x"]], [["route", "--colour", "a=b"]]])(
    "%o is wrong usage",
    async (args) => {
      expect(await muster(args)).toMatchObject({
        code: 2,
        out: "",
        err: expect.stringContaining("usage: muster route") as string,
      });
    },
  );

  test("with a bad policy the answer is no", async () => {
    const file = policyFile("bad.yaml", "colour: red\n");
    expect(await muster(["route", "a=b"], { MUSTER_CONFIG: file })).toMatchObject({
      code: 1,
      err: expect.stringContaining("bad.yaml:1") as string,
    });
  });
});

describe.concurrent("muster stats", () => {
  test("prints the figures as tables", async () => {
    const { code, out, err } = await muster(["stats", "--from", "2026-10-22", "--to", "2026-11-22"]);
    expect([code, err]).toEqual([0, ""]);
    expect(out).toMatch(
      /^From 2026-10-22T\S+ to 2026-11-22T\S+: 2 incidents, 2 of them open; hours in UTC\nP1 1, P3 1$/m,
    );
    expect(out).toMatch(/^TIME TO +INCIDENTS +MEAN +P50 +P90 +P95$/m);
    expect(out).toMatch(/^order-service +2026-11 +/m);
  });

  test("as JSON, as CSV, of one service and period", async () => {
    const json = JSON.parse((await muster(["stats", "--json", "--service", "search", "--to", "2026-11-22"])).out) as {
      incidents: { total: number };
    };
    expect(json.incidents.total).toBe(1);
    expect((await muster(["stats", "--csv", "--from", "2026-01-01", "--to", "2026-02-01"])).out).toContain(
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
    expect(await muster(["stats", ...args])).toMatchObject({ code, err: expect.stringMatching(says) as string });
  });
});

describe.concurrent("muster incidents", () => {
  test("lists open incidents, newest first", async () => {
    const { code, out, err } = await muster(["incidents"]);
    expect([code, err]).toEqual([0, ""]);
    const [head, ...rows] = out.trimEnd().split("\n");
    expect(head).toMatch(/^ID +PRIORITY +STATUS +SINCE \(UTC\) +FIRING +COMMANDER +TITLE$/);
    expect(rows).toEqual([
      expect.stringMatching(/^INC-2 +P3 +triggered +2026-11-21 14:31:00 +1\/1 +- +latency of search$/),
      expect.stringMatching(/^INC-1 +P1 .*latency of order-service$/),
    ]);
  });

  test("is JSON for a program", async () => {
    const { out } = await muster(["incidents", "--all", "--json"]);
    expect((JSON.parse(out) as { id: string }[]).map(({ id }) => id)).toEqual(["INC-2", "INC-1"]);
  });

  test("rejects an invalid address as wrong usage", async () => {
    expect(await muster(["incidents", "--url", "nonsense"])).toMatchObject({
      code: 2,
      err: expect.stringContaining('--url: "nonsense" is no URL') as string,
    });
    expect(await muster(["incidents"], { MUSTER_URL: "nonsense" })).toMatchObject({
      code: 2,
      err: expect.stringContaining("MUSTER_URL:") as string,
    });
  });

  test("refuses without a token or without a server, and explains what to do", async () => {
    expect(await muster(["incidents"], { MUSTER_API_TOKENS: "wrong" })).toMatchObject({
      code: 1,
      out: "",
      err: expect.stringMatching(
        /answered 401: this token is none of MUSTER_API_TOKENS\. Set MUSTER_API_TOKENS here/,
      ) as string,
    });
    expect(await muster(["incidents", "--url", "http://127.0.0.1:9"])).toMatchObject({
      code: 1,
      err: expect.stringMatching(/No Muster answers at http:\/\/127\.0\.0\.1:9\. Start one/) as string,
    });
  });
});

describe.concurrent("muster timeline and postmortem", () => {
  test("prints the timeline", async () => {
    const { code, out } = await muster(["timeline", "inc-1"]);
    expect(code).toBe(0);
    expect(out).toMatch(
      /^TIME \(UTC\) +WHO +WHAT\n2026-11-21 14:32:00 +Alertmanager +INC-1 opened as P1 \(SEV-2\): latency of order-service/,
    );
    expect((JSON.parse((await muster(["timeline", "INC-1", "--json"])).out) as { type: string }[])[0]).toMatchObject({
      type: "incident.opened",
    });
  });

  test("prints the draft, or writes it to the given folder", async () => {
    const { code, out } = await muster(["postmortem", "INC-1"]);
    expect([code, out]).toEqual([0, expect.stringMatching(/^# INC-1 latency of order-service/)]);
    const file = join(directory, "draft.md");
    expect(await muster(["postmortem", "INC-1", "--out", file])).toEqual({
      code: 0,
      out: `Written to ${file}\n`,
      err: "",
    });
    expect(readFileSync(file, "utf8")).toBe(out);
  });

  test("reports a missing output folder", async () => {
    expect(await muster(["postmortem", "INC-1", "--out", "/nonexistent/x.md"])).toEqual({
      code: 1,
      out: "",
      err: "--out /nonexistent/x.md: the folder /nonexistent does not exist\n",
    });
  });

  test("reports an unknown incident", async () => {
    for (const verb of ["timeline", "postmortem"])
      expect(await muster([verb, "INC-9"])).toMatchObject({
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
    expect(await muster(args)).toMatchObject({
      code: 2,
      out: "",
      err: expect.stringContaining("usage: muster ") as string,
    });
  });
});

describe.concurrent("muster incident", () => {
  test.each([
    [
      ["notee", "hi"],
      'There is no verb "notee". Did you mean `muster incident INC-n note`? `muster incident help` lists them all.\nusage: muster incident help [VERB]\n',
    ],
    [
      ["declare"],
      "In the chat this opens a form; here say it in words: `muster incident help declare` says how\nusage: muster incident declare [P0–P4] TITLE\n",
    ],
    [
      ["declare", "P7", "what"],
      '"P7" is no priority. Say `muster incident declare P1 TITLE`, with one of P0, P1, P2, P3, P4.\nusage: muster incident declare [P0–P4] TITLE\n',
    ],
    [
      ["INC-1", "cancel"],
      "Say why it is no incident: `muster incident INC-1 cancel REASON`.\nusage: muster incident INC-1 cancel REASON\n",
    ],
  ])("%j is wrong usage, and the answer shows the right one", async (words, err) => {
    expect(await muster(["incident", ...words])).toEqual({ code: 2, out: "", err });
  });

  test("help names commands to type", async () => {
    expect((await muster(["incident", "help", "note"])).out).toContain(
      "`muster incident INC-n note TEXT [at HH:MM]` write something",
    );
  });

  test("exits with an error when the command is understood and refused", async () => {
    expect(await muster(["incident", "INC-99", "ack"])).toEqual({ code: 1, out: "", err: "There is no INC-99.\n" });
  });

  test("a drill has a command of its own, which asks for a scenario", async () => {
    expect(await muster(["drill"])).toMatchObject({
      code: 2,
      err: expect.stringContaining("usage: muster drill [P0–P4] SCENARIO") as string,
    });
    expect(await muster(["drill", "P9", "x"])).toMatchObject({
      code: 2,
      err: expect.stringContaining('"P9" is no priority') as string,
    });
    expect((await muster(["help"])).out).toMatch(/muster drill .* pages real people/);
  });
});

test.concurrent.each(["start", "demo", "doctor", "manifest", "incidents", "migrate"])(
  "muster %s takes no words",
  async (verb) => {
    expect(await muster([verb, "extra"])).toMatchObject({
      code: 2,
      err: expect.stringMatching(new RegExp(`Unexpected argument 'extra'.*\nusage: muster ${verb}`)) as string,
    });
  },
);

test.concurrent("help of one command is that command's", async () => {
  expect((await muster(["help", "route"])).out).toMatch(/^muster route label=value/);
});

test.concurrent("lists every verb in the help, and points to the help for an unknown verb", async () => {
  expect(await muster(["help"])).toMatchObject({ code: 0, out: expect.stringContaining("muster incidents") as string });
  expect(await muster(["incidents", "--help"])).toMatchObject({
    code: 0,
    out: expect.stringContaining("muster incidents [--all]") as string,
  });
  expect(await muster([])).toMatchObject({ code: 2 });
  for (const verb of ["teleport", "toString"])
    expect(await muster([verb])).toEqual({
      code: 2,
      out: "",
      err: `there is no "muster ${verb}"; "muster help" lists what there is\n`,
    });
});

test.concurrent("a start with wrong settings lists them all and ends", async () => {
  const { code, err } = await muster(["start"], { PORT: "x", LOG_LEVEL: "loud" });
  expect(code).toBe(1);
  expect(err).toMatch(
    /^Muster cannot start:\n {2}• PORT: expected a whole number from 0 to 65535, not "x"\n {2}• LOG_LEVEL: /,
  );
  expect(await muster(["start", "--role", "boss"])).toMatchObject({
    code: 2,
    err: expect.stringContaining('--role is all, web or worker, not "boss"') as string,
  });
  expect(await muster(["start", "--role", "web"])).toMatchObject({
    code: 2,
    err: expect.stringContaining("set DATABASE_URL") as string,
  });
});

test("every way to start a Muster gives Node the same flags", () => {
  const root = new URL("../../", import.meta.url);
  const flags = readFileSync(CLI, "utf8").split("\n")[0]!.split(" ").slice(3);
  expect(flags).toContain("--max-semi-space-size=8");
  const { scripts } = JSON.parse(readFileSync(new URL("package.json", root), "utf8")) as {
    scripts: Record<string, string>;
  };
  for (const script of ["start", "demo"]) expect(scripts[script]).toBe(`node ${flags.join(" ")} src/cli.ts ${script}`);
  expect(readFileSync(new URL("Dockerfile", root), "utf8")).toContain(
    `ENTRYPOINT ${JSON.stringify(["node", ...flags, "src/cli.ts"]).replaceAll('","', '", "')}`,
  );
});
