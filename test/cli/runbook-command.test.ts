import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { GOOD_RUNBOOK } from "#test/support/builders/runbooks/runbooks.ts";
import { runCli, type CommandOutput } from "#test/support/harness/processes/run-cli.ts";
import { temporaryDirectory } from "#test/support/harness/servers/temporary-directory.ts";

const directory = temporaryDirectory("runbooks");
mkdirSync(join(directory, "runbooks"));
writeFileSync(join(directory, "runbooks/order-latency.md"), GOOD_RUNBOOK);
writeFileSync(join(directory, "runbooks/wiki.md"), "# How we fail over\n\n```bash\nfail-over\n```\n");
mkdirSync(join(directory, "broken"));
writeFileSync(
  join(directory, "broken/order-latency.md"),
  GOOD_RUNBOOK.replace("uses: notify", "uses: notfy").replace("for: 3m", "for: soon"),
);
writeFileSync(
  join(directory, "muster.yaml"),
  'inventory: { services: { order-service: { namespace: shop, deployment: order-service, oncall: "@orders-oncall" } } }\n',
);

const UNTESTED =
  '  warning: runbooks/order-latency.md changes something and has no tests; write runbooks/order-latency.test.yaml, as docs/runbooks.md says in "Testing a runbook"\n';

mkdirSync(join(directory, "tested"));
writeFileSync(join(directory, "tested/order-latency.md"), GOOD_RUNBOOK);
const CASES = `inventory: { services: { order-service: { namespace: shop, deployment: order-service, oncall: '@orders-oncall' } } }
alert: { labels: { alertname: HighLatency, service: order-service, pod: order-service-7d9f-x2x } }
answers: { pool: 0.2, slow-statements: [] }
cases:
  - name: a pool with room is left alone
    expect: { outcome: suggested, steps: { restart: skipped, tell: ran } }
`;
writeFileSync(join(directory, "tested/order-latency.test.yaml"), CASES);
mkdirSync(join(directory, "untrue"));
writeFileSync(join(directory, "untrue/order-latency.md"), GOOD_RUNBOOK.replace("> 0.9", "> 0.1"));
writeFileSync(join(directory, "untrue/order-latency.test.yaml"), CASES);

/** `muster …` typed in a directory with a policy and two runbooks. */
function muster(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<CommandOutput> {
  return runCli(directory, args, env);
}

const NO_ONE =
  "  warning: teams: there are none, so no one is on call and Muster has no one to page; add one with oncall people or a schedule, and a defaultTeam\n";
const LABEL_ARGUMENTS = ["alertname=HighLatency", "service=order-service", "pod=order-service-1"];

describe.concurrent("muster check", () => {
  test("looks at the policy and the folder of runbooks", async () => {
    expect(await muster(["check"])).toEqual({
      code: 0,
      out: `muster.yaml: ok, with a warning\n${NO_ONE}runbooks: ok, 2 runbooks\n${UNTESTED}`,
      err: "",
    });
  });

  test("names file, line, column and fix of every problem, and the answer is no", async () => {
    expect(await muster(["check"], { MUSTER_RUNBOOKS: "broken" })).toEqual({
      code: 1,
      out: "",
      err: 'broken/order-latency.md:43:7: there is no action "notfy"; write "notify"\nbroken/order-latency.md:55:6: "soon" is no duration; write it like 90s, 10m or 4h\n',
    });
  });

  test("looks at single files, policies and runbooks", async () => {
    expect(await muster(["check", "muster.yaml", "runbooks/wiki.md"])).toEqual({
      code: 0,
      out: `muster.yaml: ok, with a warning\n${NO_ONE}runbooks/wiki.md: ok\n`,
      err: "",
    });
    expect(await muster(["check", "runbooks/none.md"])).toEqual({
      code: 1,
      out: "",
      err: "runbooks/none.md: no such file\n",
    });
    expect(await muster(["check"], { MUSTER_RUNBOOKS: "nowhere" })).toMatchObject({
      code: 1,
      err: "nowhere: no such folder; MUSTER_RUNBOOKS names it\n",
    });
  });

  test("names the runbooks that cannot run yet", async () => {
    const { code, out } = await muster(["check"], { MUSTER_CONFIG: "empty.yaml" }).then(async () => {
      writeFileSync(join(directory, "empty.yaml"), "");
      return muster(["check"], { MUSTER_CONFIG: "empty.yaml" });
    });
    expect([code, out]).toEqual([
      0,
      `empty.yaml: ok, with a warning\n${NO_ONE}runbooks: ok, 2 runbooks\n${UNTESTED}note: the policy has no inventory.services; until it has, these cannot run: order-latency\n`,
    ]);
  });
});

describe.concurrent("muster runbook", () => {
  test("list shows all runbooks, or those for an alert", async () => {
    const all = await muster(["runbook", "list"]);
    expect([all.code, all.err]).toEqual([0, ""]);
    expect(all.out).toMatch(/^order-latency +approve +4 +alertname="HighLatency" +Orders are slow$/m);
    expect(all.out).toMatch(/^wiki +read +– +– +How we fail over$/m);
    expect((await muster(["runbook", "list", "alertname=Other"])).out).toBe(
      "no runbook is for an alert with these labels\n",
    );
    expect(JSON.parse((await muster(["runbook", "list", "--json"])).out)).toMatchObject([
      { id: "order-latency" },
      { id: "wiki", documentation: true },
    ]);
  });

  test("show prints the page, and the steps that would run", async () => {
    const { code, out } = await muster(["runbook", "show", "order-latency"]);
    expect(code).toBe(0);
    for (const part of [
      "Look at the pool first.",
      "▶ restart: k8s.restart, changes systems, asks 1 of @orders-oncall",
      "kubectl -n shop get pods",
      "$pod",
    ])
      expect(out).toContain(part);
  });

  test("plan prints exactly the steps that would run", async () => {
    const { code, out, err } = await muster(["runbook", "plan", "order-latency", ...LABEL_ARGUMENTS]);
    expect([code, err]).toEqual([0, ""]);
    for (const part of [
      'query  max(pool_usage{service="order-service"})',
      "args        [order-service-1]",
      "namespace   shop",
      "approval    1 of @orders-oncall within 10 min",
      "when        steps.pool.value > 0.9 && size(steps.slow_statements.rows) == 0",
      'verify  max(latency_seconds{service="order-service"}) < 1',
    ])
      expect(out).toContain(part);
    expect(out).toMatch(/\nplan [0-9a-f]{64}\n$/);
  });

  test("plan asks Prometheus whether a measure of the verify is several series", async () => {
    const result = [1, 2].map((pod) => ({ metric: { pod: `p${pod}` }, value: [0, "1"] }));
    const server = createServer((_, response) => {
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify({ status: "success", data: { resultType: "vector", result } }));
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const { out } = await muster(["runbook", "plan", "order-latency", ...LABEL_ARGUMENTS], { PROMETHEUS_URL: url });
    expect(out).toContain(
      'verify is refused: max(latency_seconds{service="order-service"}) has 2 series now; reduce them with sum, max or min',
    );
    server.closeAllConnections();
    server.close();
    const { code } = await muster(["runbook", "plan", "order-latency", ...LABEL_ARGUMENTS], { PROMETHEUS_URL: url });
    expect(code).toBe(0);
  });

  test("plan reports when the runbook is for other alerts", async () => {
    expect((await muster(["runbook", "plan", "order-latency", "service=order-service", "pod=a"])).out).toContain(
      'Not offered for these labels: it is for alertname="HighLatency".',
    );
  });

  test("plan is data with --json", async () => {
    const { code, out } = await muster(["runbook", "plan", "order-latency", ...LABEL_ARGUMENTS, "--json"]);
    expect([code, JSON.parse(out)]).toMatchObject([
      0,
      { ok: true, offered: true, params: { service: { value: "order-service" } }, steps: [{ id: "pool" }, {}, {}, {}] },
    ]);
    const refused = await muster(["runbook", "plan", "order-latency", "--json"]);
    expect([refused.code, JSON.parse(refused.out)]).toMatchObject([1, { ok: false, refusal: "label-missing" }]);
  });

  test.each([
    [
      "a value that the pattern does not take",
      ["plan", "order-latency", ...LABEL_ARGUMENTS, "pod=$(reboot)"],
      1,
      /^nothing would run: the label "pod" is "\$\(reboot\)", which \$pod does not take/,
    ],
    [
      "a service that is not ours",
      ["plan", "order-latency", ...LABEL_ARGUMENTS, "service=other"],
      1,
      /^nothing would run: "other", from the label "service", is no row of inventory.services; add it/,
    ],
    ["a page without steps", ["plan", "wiki"], 1, /^nothing would run: wiki has no steps/],
    [
      "a name that there is not",
      ["show", "other"],
      1,
      /^there is no runbook "other" in runbooks; there are: order-latency, wiki$/m,
    ],
    ["no name", ["plan"], 2, /^which one\? for example: muster runbook plan order-latency\nusage: muster runbook/],
    ["a label that is none", ["plan", "order-latency", "service"], 2, /^"service" is no label; write name=value/],
    ["no verb", [], 2, /^say list, show, plan or run\nusage: muster runbook list/],
    ["another verb", ["start"], 2, /^there is no "runbook start"/],
  ] as const)("refuses %s", async (_, args, code, reply) => {
    expect(await muster(["runbook", ...args])).toMatchObject({
      code,
      out: "",
      err: expect.stringMatching(reply) as string,
    });
  });

  test("a runbook with a problem can be read, and has no plan", async () => {
    const shown = await muster(["runbook", "show", "order-latency"], { MUSTER_RUNBOOKS: "broken" });
    expect(shown).toMatchObject({
      code: 0,
      out: expect.stringContaining("Look at the pool first.") as string,
      err: expect.stringContaining("nothing in it runs") as string,
    });
    const planned = await muster(["runbook", "plan", "order-latency", ...LABEL_ARGUMENTS], {
      MUSTER_RUNBOOKS: "broken",
    });
    expect(planned).toMatchObject({
      code: 1,
      err: expect.stringContaining('order-latency.md:43:7: there is no action "notfy"') as string,
    });
  });

  test("explains itself", async () => {
    expect((await muster(["runbook", "--help"])).out).toContain(
      "muster runbook plan restart-on-connection-leak alertname=HighLatency service=order-service",
    );
  });
});

describe("muster check --test", () => {
  test("reports each passing case", { timeout: 60_000 }, async () => {
    expect(await muster(["check", "--test"], { MUSTER_RUNBOOKS: "tested" })).toEqual({
      code: 0,
      out: "order-latency\n  ✓ a pool with room is left alone\n1 passed, 0 failed\n",
      err: "",
    });
  });

  test("shows each difference and its place, and exits with 1", { timeout: 60_000 }, async () => {
    const { code, out } = await muster(["check", "--test", "order-latency"], { MUSTER_RUNBOOKS: "untrue" });
    expect(code).toBe(1);
    expect(out).toMatch(/^order-latency\n {2}✗ a pool with room is left alone\n/);
    expect(out).toContain(
      "      untrue/order-latency.test.yaml:6:24: it came out as expired (nobody approved restart in time), expected suggested",
    );
    expect(out).toMatch(/\n0 passed, 1 failed\n$/);
  });

  test("reports an unknown runbook, and explains how to write tests for one without", async () => {
    expect(await muster(["check", "--test", "order"])).toMatchObject({
      code: 1,
      err: "there is no runbook order in runbooks; there are: order-latency, wiki\n",
    });
    expect(await muster(["check", "--test", "order-latency"])).toMatchObject({
      code: 1,
      err: expect.stringContaining("write runbooks/order-latency.test.yaml"),
    });
  });

  test("reports mistakes in the tests in muster check too", async () => {
    writeFileSync(join(directory, "tested/wiki.test.yaml"), CASES);
    writeFileSync(join(directory, "broken/order-latency.test.yaml"), CASES);
    expect(await muster(["check", "tested/order-latency.test.yaml"])).toMatchObject({
      code: 0,
      out: "tested/order-latency.test.yaml: ok\n",
    });
    expect(await muster(["check", "tested/wiki.test.yaml"])).toMatchObject({
      code: 1,
      err: expect.stringContaining("there is no tested/wiki.md, which it would test"),
    });
  });
});
