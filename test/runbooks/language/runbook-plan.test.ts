import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { RUNBOOK_ACTIONS, checkRunbook, fillArguments, planRunbook, type ConditionFacts } from "#runbooks/index.ts";
import { escapeValue } from "#domain/values/rich-text.ts";
import {
  TEST_INVENTORY,
  ALERT_LABELS,
  planFor,
  GOOD_RUNBOOK,
  runbookOf,
} from "#test/support/builders/runbooks/runbooks.ts";

/** A runbook in which a label goes everywhere a label can go. */
const EVERYWHERE = `---
id: everywhere
title: Everywhere
owner: orders
match: ['alertname="A"']
params:
  x: { from: labels.x, inventory: things }
mode: approve
---
\`\`\`yaml step
id: promql
uses: prometheus.query
with: { query: 'sum(up{a="$x",b=~"$x",c="$x.field"}) by (a)' }
\`\`\`
\`\`\`yaml step
id: url
uses: http.request
with: { url: 'https://api.example.com/v1/$x/it?q=$x&r=$x.field', headers: { x-thing: $x } }
\`\`\`
\`\`\`yaml step
id: argv
uses: exec
with: { argv: [/bin/drain, --thing, $x, $x.field], env: { THING: $x } }
approve: { from: ['@a'], count: 2 }
\`\`\`
\`\`\`yaml step
id: sql
uses: sql.query
with: { datasource: orders, sql: SELECT 1 AS one WHERE 'a' = $1, args: [$x] }
\`\`\`
\`\`\`yaml step
id: message
uses: notify
with: { text: 'It is {{ params.x.name }} and {{ labels.x }} and {{ steps.sql.rows }}' }
\`\`\`
\`\`\`yaml verify
promql: max(up{a="$x"}) > 0
\`\`\`
`;

const HOSTILE = [
  'x"} or vector(1) #',
  'x\\" or up',
  "$(rm -rf /)",
  "`id`; reboot",
  "'; DROP TABLE orders; --",
  "a\nb\r\n\0c",
  "{{ params.x }}{% include '/etc/passwd' %}",
  "__proto__",
  "constructor",
  "../../admin",
  "a/b?c=d#e&f",
  "$x",
  "steps.sql.rows",
  ".*",
  "<!channel> &",
  "\ud800 half",
  "🔥",
  "a".repeat(400),
];

describe("a label's value stays data, even where the inventory allows it", async () => {
  const runbook = await runbookOf(EVERYWHERE);
  const harmless = planFor(runbook, { x: "x" }, { things: { x: { field: "f" } } });

  test.each(HOSTILE)("%j", (value) => {
    const things = Object.fromEntries([[value, { field: value }]]);
    const plan = planFor(runbook, { x: value }, { things });
    const [promql, url, argv, sql, message] = plan.steps.map(({ with: args }) => args as Record<string, never>);
    // A PromQL string holds any text; whatever is outside of the strings is as with a harmless value.
    const strings = /"(?:[^"\\]|\\.)*"/gs;
    expect(String(promql!["query"]).replace(strings, "_")).toBe("sum(up{a=_,b=~_,c=_}) by (a)");
    expect(JSON.parse(/a=("(?:[^"\\]|\\.)*")/s.exec(String(promql!["query"]))![1]!)).toBe(value.toWellFormed());
    const address = new URL(String(url!["url"]));
    expect([address.origin, address.hash, [...address.searchParams.keys()]]).toEqual([
      "https://api.example.com",
      "",
      ["q", "r"],
    ]);
    expect(address.pathname.split("/").map(decodeURIComponent)).toEqual(["", "v1", value.toWellFormed(), "it"]);
    expect(argv!["argv"]).toEqual(["/bin/drain", "--thing", value, value]);
    expect(argv!["env"]).toEqual({ THING: value });
    expect(sql).toEqual({ ...(harmless.steps[3]!.with as object), args: [value] });
    expect(message).toEqual(harmless.steps[4]!.with);
    expect(plan.verify?.promql[0]?.measure.replace(strings, "_")).toBe("max(up{a=_})");
  });

  test.each(HOSTILE)("%j in a message is shown and never run", (value) => {
    const plan = planFor(runbook, { x: value }, { things: Object.fromEntries([[value, { field: "f" }]]) });
    const facts: ConditionFacts = {
      params: plan.params,
      labels: { x: value },
      results: { sql: { rows: [{ said: value }] } },
    };
    const filled = fillArguments(RUNBOOK_ACTIONS.get("notify")!, plan.steps[4]!.with, facts);
    const [shown, rows] = [value, JSON.stringify([{ said: value }])].map(escapeValue);
    expect(filled).toMatchObject({
      ok: true,
      input: { to: "incident", text: `It is ${shown} and ${shown} and ${rows}` },
    });
  });

  test.each([
    ["an option of a program", { things: { "-rf": { field: "f" } } }, "-rf", "argument-refused"],
    ["an option from a row", { things: { x: { field: "--all" } } }, "x", "argument-refused"],
    ["the folder above", { things: { "..": { field: "f" } } }, "..", "argument-refused"],
    ["a row of a prototype", { things: {} }, "__proto__", "not-in-inventory"],
    ["another row of a prototype", { things: {} }, "constructor", "not-in-inventory"],
    ["an inventory that there is not", {}, "x", "no-inventory"],
    ["a row without the field", { things: { x: {} } }, "x", "no-field"],
    ["ten thousand characters", { things: {} }, "a".repeat(10_000), "label-too-long"],
    ["nothing", { things: {} }, "", "label-missing"],
  ])("%s is refused by name", (_, inventory, x, refusal) => {
    const refused = planRunbook(runbook, { x }, inventory);
    expect(refused).toMatchObject({ ok: false, refusal, message: expect.stringMatching(/^.{20,250}$/) as string });
  });

  test("and so does any other text", () =>
    fc.assert(
      fc.property(fc.string({ unit: "binary", minLength: 1, maxLength: 60 }), (value) => {
        const plan = planRunbook(runbook, { x: value }, { things: Object.fromEntries([[value, { field: value }]]) });
        // The only ones that are refused: what begins with a dash, and the folders here and above.
        if (!plan.ok) return expect([value, /^(?:-|\.{1,2}$)/.test(value)]).toEqual([value, true]);
        const [promql, url] = plan.steps.map(({ with: args }) => args);
        expect(String(promql?.["query"]).replace(/"(?:[^"\\]|\\.)*"/gs, "_")).toBe("sum(up{a=_,b=~_,c=_}) by (a)");
        expect(new URL(String(url?.["url"])).pathname.split("/")).toHaveLength(4);
      }),
      { numRuns: 500 },
    ));

  test("a label that the alert only inherits is missing", () => {
    expect(
      planRunbook(runbook, Object.create({ x: "x" }) as Record<string, string>, { things: { x: {} } }),
    ).toMatchObject({ refusal: "label-missing" });
  });
});

describe("a pattern", async () => {
  const runbook = await runbookOf(GOOD_RUNBOOK);
  test.each([
    ...HOSTILE.filter((value) => !/^[a-z0-9-]{1,63}$/.test(value)),
    "order-1\n",
    " order-1",
    "ORDER-1",
    "a".repeat(64),
  ])("does not let %j through", (pod) => {
    expect(planRunbook(runbook, { ...ALERT_LABELS, pod }, TEST_INVENTORY)).toMatchObject({
      ok: false,
      refusal: "label-refused",
    });
  });
});

describe("a plan", async () => {
  const runbook = await runbookOf(GOOD_RUNBOOK);
  const plan = planFor(runbook);

  test("lists every step with its inputs, and references for values known later", () => {
    expect(
      plan.steps.map(({ id, effect, touches, with: args, when }) => ({ id, effect, touches, args, when })),
    ).toEqual([
      {
        id: "pool",
        effect: "read",
        touches: "nothing",
        args: { query: 'max(pool_usage{service="order-service"})' },
        when: null,
      },
      {
        id: "slow-statements",
        effect: "read",
        touches: "nothing",
        args: {
          datasource: "orders/replica",
          sql: "SELECT pid FROM pg_stat_activity WHERE application_name = $1",
          args: ["order-service-7d9f-x2x"],
        },
        when: null,
      },
      {
        id: "restart",
        effect: "idempotent",
        touches: "systems",
        args: { namespace: "shop", deployment: "order-service" },
        when: "steps.pool.value > 0.9 && size(steps.slow_statements.rows) == 0",
      },
      {
        id: "tell",
        effect: "once",
        touches: "people",
        args: {
          to: "incident",
          text: { $template: "The pool of {{ params.service.name }} was at {{ steps.pool.value }}." },
        },
        when: null,
      },
    ]);
    expect(plan.limits.lock).toBe("k8s/order-service");
    expect(plan.verify).toMatchObject({
      promql: [{ measure: 'max(latency_seconds{service="order-service"})', operator: "<", threshold: 1 }],
      noData: "unknown",
      alertResolved: true,
    });
  });

  test("has a stable hash, with any other labels in any order", () => {
    expect(
      planFor(runbook, { summary: "x", ...Object.fromEntries(Object.entries(ALERT_LABELS).toReversed()) }).hash,
    ).toBe(plan.hash);
  });

  test.each([
    ["another target", { ...ALERT_LABELS, service: "payment-service" }, GOOD_RUNBOOK],
    ["another value", { ...ALERT_LABELS, pod: "order-service-1" }, GOOD_RUNBOOK],
    ["another word in the file", ALERT_LABELS, GOOD_RUNBOOK.replace("Restart it.", "Restart it!")],
    ["another condition", ALERT_LABELS, GOOD_RUNBOOK.replace("> 0.9", "> 0.8")],
  ])("has another hash with %s", async (_, labels, text) => {
    const inventory = {
      services: {
        ...TEST_INVENTORY["services"],
        "payment-service": { namespace: "shop", deployment: "payment-service" },
      },
    };
    expect(planFor(await runbookOf(text), labels, inventory).hash).not.toBe(plan.hash);
  });

  test("has another hash when the row of the inventory has changed since", () => {
    expect(
      planFor(runbook, ALERT_LABELS, {
        services: { "order-service": { namespace: "other", deployment: "order-service" } },
      }).hash,
    ).not.toBe(plan.hash);
  });

  test("does not exist for documentation", async () => {
    const { runbook: page } = await checkRunbook("# Page\n", "page.md");
    expect(planRunbook(page!, ALERT_LABELS, TEST_INVENTORY)).toMatchObject({ ok: false, refusal: "documentation" });
  });

  test("does not exist when a row has a value that the action refuses", () => {
    expect(
      planRunbook(runbook, ALERT_LABELS, { services: { "order-service": { namespace: "Shop; rm", deployment: "a" } } }),
    ).toMatchObject({
      ok: false,
      refusal: "input-refused",
    });
  });
});

describe("references are filled in when the step starts", async () => {
  const runbook = await runbookOf(
    GOOD_RUNBOOK.replace("uses: k8s.restart", "uses: k8s.rollback").replace(
      "with: { target: $service }",
      "with: { target: $service, from: '1', to: 'steps.pool.series[0].labels.good' }",
    ),
  );
  const plan = planFor(runbook);
  const step = plan.steps[2]!;
  const fill = (results: ConditionFacts["results"]): ReturnType<typeof fillArguments> =>
    fillArguments(RUNBOOK_ACTIONS.get(step.uses)!, step.with, { params: plan.params, labels: ALERT_LABELS, results });

  test("from the output of the earlier step", () => {
    expect(fill({ pool: { series: [{ labels: { good: "7" } }] } })).toEqual({
      ok: true,
      input: { namespace: "shop", deployment: "order-service", from: "1", to: "7" },
    });
  });

  test.each([
    ["the step did not run", {}, true],
    ["it found nothing", { pool: { series: [] } }, true],
    ["it found what the action does not take", { pool: { series: [{ labels: { good: 7 } }] } }, false],
  ])("and not at all when %s", (_, results, noData) => {
    expect(fill(results)).toMatchObject({ ok: false, noData });
  });
});
