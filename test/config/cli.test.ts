import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { alertOf, deliveryOf } from "#test/support/alerts.ts";
import { startApp, type App } from "#test/support/app.ts";
import { MINUTE, NOW } from "#test/support/builders.ts";

const CLI = fileURLToPath(new URL("../../src/cli.ts", import.meta.url));
const directory = mkdtempSync(join(tmpdir(), "muster-cli-"));

type Said = { readonly code: number | null; readonly out: string; readonly err: string };

let app: App;
beforeAll(async () => {
  app = await startApp({ settings: { MUSTER_API_TOKENS: "secret" } });
  for (const [i, service] of ["order-service", "search"].entries()) {
    await app.post(
      "/webhooks/alertmanager",
      deliveryOf([
        alertOf({ alertname: "HighLatency", service, severity: i === 0 ? "P1" : "P3" }, { startsAt: NOW - MINUTE, summary: `latency of ${service}` }),
      ]),
    );
    await app.settles();
  }
});
afterAll(() => app.stop());

/** `muster …` as a program, on a directory of its own. */
function muster(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Said> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [CLI, ...args], {
      cwd: directory,
      env: { PATH: process.env["PATH"] ?? "", MUSTER_URL: app.url, MUSTER_API_TOKENS: "secret", ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let [out, err] = ["", ""];
    child.stdout.on("data", (chunk: Buffer) => (out += chunk.toString()));
    child.stderr.on("data", (chunk: Buffer) => (err += chunk.toString()));
    child.once("error", reject);
    child.once("close", (code) => resolve({ code, out, err }));
  });
}

function policyFile(name: string, text: string): string {
  const file = join(directory, name);
  writeFileSync(file, text);
  return file;
}

describe.concurrent("muster check", () => {
  test("says that a good file is good", async () => {
    const file = policyFile("good.yaml", "unknownSeverity: P3\n");
    expect(await muster(["check", file])).toEqual({ code: 0, out: `${file}: ok\n`, err: "" });
  });

  test("names file, line and fix of every problem in every file, and the answer is no", async () => {
    const [one, two] = [policyFile("one.yaml", "\ncolour: red\n"), policyFile("two.yaml", "defaultTeam: shop\n")];
    const { code, out, err } = await muster(["check", one, two]);
    expect([code, out]).toEqual([1, ""]);
    expect(err).toBe(`${one}:2: unknown key "colour"; check the spelling\n${two}:1: defaultTeam: no team called "shop" under teams\n`);
  });

  test("without a name looks at the file that start would read", async () => {
    const file = policyFile("named.yaml", "archiveAfter: soon\n");
    expect(await muster(["check"], { MUSTER_CONFIG: file })).toMatchObject({ code: 1, err: expect.stringContaining("named.yaml:1: archiveAfter") as string });
    expect(await muster(["check"])).toEqual({ code: 0, out: "muster.yaml: ok\n", err: "" });
    expect(await muster(["check", "missing.yaml"])).toMatchObject({ code: 1, err: expect.stringContaining("no such file") as string });
  });
});

describe.concurrent("muster route", () => {
  test("says where an alert would go, and why", async () => {
    const { code, out, err } = await muster(["route", "alertname=HighLatency", "service=order-service", "severity=P1"], { MUSTER_CONFIG: app.policyFile });
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

  test("is JSON for a program, and quotes around a value are no part of it", async () => {
    const { out } = await muster(["route", "--json", 'service="checkout"', "severity=warning"]);
    expect(JSON.parse(out)).toMatchObject({
      priority: "P3",
      service: "checkout",
      pages: "nobody",
      channel: "no channel; told in incidents",
      ticket: "at-once",
    });
  });

  test.each([[["route"]], [["route", "checkout"]], [["route", "=x"]], [["route", "--colour", "a=b"]]])("%o is wrong usage", async (args) => {
    expect(await muster(args)).toMatchObject({ code: 2, out: "", err: expect.stringContaining("usage: muster route") as string });
  });

  test("with a bad policy the answer is no", async () => {
    const file = policyFile("bad.yaml", "colour: red\n");
    expect(await muster(["route", "a=b"], { MUSTER_CONFIG: file })).toMatchObject({ code: 1, err: expect.stringContaining("bad.yaml:1") as string });
  });
});

describe.concurrent("muster stats", () => {
  test("tells the figures as tables", async () => {
    const { code, out, err } = await muster(["stats", "--from", "2026-10-22", "--to", "2026-11-22"]);
    expect([code, err]).toEqual([0, ""]);
    expect(out).toMatch(/^From 2026-10-22T\S+ to 2026-11-22T\S+: 2 incidents, 2 of them open; hours in UTC\nP1 1, P3 1$/m);
    expect(out).toMatch(/^TIME TO +INCIDENTS +MEAN +P50 +P90 +P95$/m);
    expect(out).toMatch(/^order-service +2026-11 +/m);
  });

  test("as JSON, as CSV, of one service and period", async () => {
    const json = JSON.parse((await muster(["stats", "--json", "--service", "search", "--to", "2026-11-22"])).out) as { incidents: { total: number } };
    expect(json.incidents.total).toBe(1);
    expect((await muster(["stats", "--csv", "--from", "2026-01-01", "--to", "2026-02-01"])).out).toContain("\nincidents,total,0,incidents\r\n");
  });

  test.each([
    { args: ["--from", "soon"], code: 1, says: /from: "soon" is no time; write a day like/ },
    { args: ["--json", "--csv"], code: 2, says: /either --json or --csv/ },
    { args: ["search"], code: 2, says: /--service/ },
  ])("$args says what is wrong", async ({ args, code, says }) => {
    expect(await muster(["stats", ...args])).toMatchObject({ code, err: expect.stringMatching(says) as string });
  });
});

describe.concurrent("muster incidents", () => {
  test("lists what is open, newest first", async () => {
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

  test("without a token, and without a Muster, the answer is no, with what to do", async () => {
    expect(await muster(["incidents"], { MUSTER_API_TOKENS: "wrong" })).toMatchObject({
      code: 1,
      out: "",
      err: expect.stringContaining("answered 401: this token is none of MUSTER_API_TOKENS") as string,
    });
    expect(await muster(["incidents", "--url", "http://127.0.0.1:9"])).toMatchObject({
      code: 1,
      err: expect.stringMatching(/No Muster answers at http:\/\/127\.0\.0\.1:9\. Start one/) as string,
    });
  });
});

describe.concurrent("muster timeline and postmortem", () => {
  test("tell what happened", async () => {
    const { code, out } = await muster(["timeline", "inc-1"]);
    expect(code).toBe(0);
    expect(out).toMatch(/^TIME \(UTC\) +WHO +WHAT\n2026-11-21 14:32:00 +Alertmanager +INC-1 opened as P1 \(SEV-2\): latency of order-service/);
    expect((JSON.parse((await muster(["timeline", "INC-1", "--json"])).out) as { type: string }[])[0]).toMatchObject({ type: "incident.opened" });
  });

  test("print the draft, or write it where they are told", async () => {
    const { code, out } = await muster(["postmortem", "INC-1"]);
    expect([code, out]).toEqual([0, expect.stringMatching(/^# INC-1 latency of order-service/)]);
    const file = join(directory, "draft.md");
    expect(await muster(["postmortem", "INC-1", "--out", file])).toEqual({ code: 0, out: `Written to ${file}\n`, err: "" });
    expect(readFileSync(file, "utf8")).toBe(out);
  });

  test("say that there is no such incident", async () => {
    for (const verb of ["timeline", "postmortem"])
      expect(await muster([verb, "INC-9"])).toMatchObject({ code: 1, out: "", err: expect.stringContaining("answered 404: there is no INC-9") as string });
  });

  test.each([[["timeline"]], [["timeline", "9"]], [["postmortem", "INC-1", "INC-2"]], [["postmortem", "INC-1", "--out"]]])(
    "%o is wrong usage",
    async (args) => {
      expect(await muster(args)).toMatchObject({ code: 2, out: "", err: expect.stringContaining("usage: muster ") as string });
    },
  );
});

test.concurrent("help says everything there is; a verb that is not there says where to look", async () => {
  expect(await muster(["help"])).toMatchObject({ code: 0, out: expect.stringContaining("muster incidents") as string });
  expect(await muster(["incidents", "--help"])).toMatchObject({ code: 0, out: expect.stringContaining("muster incidents [--all]") as string });
  expect(await muster([])).toMatchObject({ code: 2 });
  for (const verb of ["teleport", "toString"])
    expect(await muster([verb])).toEqual({ code: 2, out: "", err: `there is no "muster ${verb}"; "muster help" lists what there is\n` });
});

test.concurrent("a start with wrong settings lists them all and ends", async () => {
  const { code, err } = await muster(["start"], { PORT: "x", LOG_LEVEL: "loud" });
  expect(code).toBe(1);
  expect(err).toMatch(/^Muster cannot start:\n {2}• PORT: .*\n {2}• LOG_LEVEL: /);
  expect(await muster(["start", "--role", "boss"])).toMatchObject({
    code: 2,
    err: expect.stringContaining('--role is all, web or worker, not "boss"') as string,
  });
  expect(await muster(["start", "--role", "web"])).toMatchObject({ code: 2, err: expect.stringContaining("set DATABASE_URL") as string });
});

test("every way to start a Muster gives Node the same flags", () => {
  const root = new URL("../../", import.meta.url);
  const flags = readFileSync(CLI, "utf8").split("\n")[0]!.split(" ").slice(3);
  expect(flags).toContain("--max-semi-space-size=8");
  const { scripts } = JSON.parse(readFileSync(new URL("package.json", root), "utf8")) as { scripts: Record<string, string> };
  for (const script of ["start", "demo"]) expect(scripts[script]).toBe(`node ${flags.join(" ")} src/cli.ts ${script}`);
  expect(readFileSync(new URL("Dockerfile", root), "utf8")).toContain(
    `ENTRYPOINT ${JSON.stringify(["node", ...flags, "src/cli.ts"]).replaceAll('","', '", "')}`,
  );
});
