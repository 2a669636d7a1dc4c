import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { STAFFED_POLICY } from "#test/support/builders/policies.ts";
import { startTwoServices, type TestApp } from "#test/support/harness/app.ts";
import { runCli, spawnCli, type CommandOutput } from "#test/support/harness/processes/run-cli.ts";
import { temporaryDirectory } from "#test/support/harness/servers/temporary-directory.ts";

const CLI = fileURLToPath(new URL("../../src/cli.ts", import.meta.url));
const directory = temporaryDirectory("cli");

let app: TestApp;
beforeAll(async () => void (app = await startTwoServices()));
afterAll(() => app.stop());

/** `muster …` typed in a directory of its own. */
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
      /: ok, with a warning\n {2}warning: teams: there are none, so no one is on call/,
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

  test("shows what a policy would change about who is on call in a running Muster", async () => {
    const text = readFileSync(app.policyFile, "utf8");
    const same = policyFile("same.yaml", text);
    expect((await muster(["check", same, "--against", app.url])).out).toMatch(/^ {2}who is on call does not change$/m);
    const { orders, ...others } = STAFFED_POLICY.teams;
    const edited = policyFile(
      "edited.yaml",
      JSON.stringify({ ...STAFFED_POLICY, teams: { orders: { ...orders, oncall: ["mia"] }, ...others } }),
    );
    expect((await muster(["check", edited, "--against", app.url])).out).toMatch(
      /^ {2}on call for orders now changes: Alice → Mia$/m,
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
      /^escalates +after 10 min to Mia, after 20 min to vic$/m,
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
      channel: "no channel; posted in incidents",
      ticket: "at-once",
    });
  });

  test("shows when no one would be paged, or only people known to PagerDuty", async () => {
    const labels = ["route", "service=other", "severity=P1"];
    expect((await muster(labels)).out).toMatch(/^pages +nobody: no one is on call$/m);
    expect((await muster(labels, { PAGERDUTY_ROUTING_KEY: "k" })).out).toMatch(
      /^pages +the people in PagerDuty's escalation policy$/m,
    );
  });

  test("passes over a team that has no one on call at that time, as Muster does", async () => {
    const file = policyFile(
      "weekdays.yaml",
      [
        "people: { alice: {}, erin: {}, frank: {}, gina: {} }",
        "schedules: { office: { layers: [{ people: [alice], only: [{ days: [friday], from: '09:00', to: '17:00' }] }] } }",
        "teams: { search: { schedule: office, members: [erin, frank], escalation: [[team], [gina]] } }",
        "defaultTeam: search",
      ].join("\n"),
    );
    const at = async (time: string) =>
      (await muster(["route", "severity=P1", "--at", time], { MUSTER_CONFIG: file })).out;
    const saturday = await at("2026-11-21T12:00:00Z");
    expect(saturday).toMatch(/^pages +erin, frank$/m);
    expect(saturday).toMatch(/^escalates +after 10 min to gina$/m);
    const friday = await at("2026-11-20T16:55:00Z");
    expect(friday).toMatch(/^pages +alice$/m);
    expect(friday).toMatch(/^escalates +after 10 min to erin, frank, after 20 min to gina$/m);
    expect(await muster(["route", "severity=P1", "--at", "noon"])).toMatchObject({
      code: 2,
      err: expect.stringContaining('"noon" is no instant') as string,
    });
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

describe.concurrent("muster incident", () => {
  test.each([
    [
      ["notee", "hi"],
      'There is no verb "notee". Did you mean `muster incident INC-n note`? `muster incident help` lists them all.\nusage: muster incident help [VERB|all]\n',
    ],
    [
      ["declare"],
      "In the chat this opens a form; here say it in words: `muster incident help declare` says how\nusage: muster incident declare [private] [P0–P4] TITLE\n",
    ],
    [
      ["declare", "P7", "what"],
      '"P7" is no priority. Type `muster incident declare P1 TITLE`, with one of P0, P1, P2, P3, P4.\nusage: muster incident declare [private] [P0–P4] TITLE\n',
    ],
    [
      ["INC-1", "cancel"],
      "Add why it is no incident: `muster incident INC-1 cancel REASON`.\nusage: muster incident INC-1 cancel REASON\n",
    ],
  ])("%j is wrong usage, and the answer shows the right one", async (words, err) => {
    expect(await muster(["incident", ...words])).toEqual({ code: 2, out: "", err });
  });

  test("help names commands to type", async () => {
    expect((await muster(["incident", "help", "note"])).out).toContain(
      "`muster incident INC-n note TEXT [at TIME]` write something",
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

test.concurrent("as a program prints to its two streams, and ends with the code that it answers", async () => {
  const env = { MUSTER_URL: app.url, MUSTER_API_TOKENS: "secret" };
  const [listed, refused] = await Promise.all([
    spawnCli(directory, ["incidents"], env),
    spawnCli(directory, ["start", "--role", "boss"], env),
  ]);
  expect(listed).toEqual({ code: 0, out: expect.stringContaining("INC-1"), err: "" });
  expect(refused).toEqual({ code: 2, out: "", err: expect.stringContaining('not "boss"\nusage: muster start') });
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
