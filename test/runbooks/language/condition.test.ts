import { describe, expect, test } from "vitest";
import { evaluateCondition, isNoDataError, renderTemplate, type ConditionFacts } from "#runbooks/index.ts";

const conditionFacts: ConditionFacts = {
  params: { service: { value: "order-service", row: { namespace: "shop" } }, pod: { value: "order-1", row: null } },
  labels: { env: "production", ["__proto__"]: "x" },
  results: {
    errors: { value: 0.12, series: [{ labels: { code: "500" }, value: 0.12 }], noData: false },
    nothing: { value: null, series: [], noData: true },
    broken: { value: Number.NaN, noData: true },
    "slow-statements": {
      rows: [
        { pid: 7, seconds: 31, query: "{{ labels.env }} <b>" },
        { pid: 8, seconds: null },
      ],
    },
  },
};

describe("a condition", () => {
  test.each([
    ["steps.errors.value > 0.1", true],
    ["steps.errors.value > 1", false],
    ["size(steps.slow_statements.rows) == 2 && steps.slow_statements.rows[0].seconds > 30", true],
    ["steps.slow_statements.rows.exists(row, row.pid == 8)", true],
    [
      "params.service.name == 'order-service' && params.service.namespace == 'shop' && params.pod.startsWith('order')",
      true,
    ],
    ["labels.env == 'production'", true],
    ["has(labels.region)", false],
    ["steps.nothing.noData", true],
    ["has(steps.nothing.value) && steps.nothing.value > 0.5", false],
    ["steps.nothing.noData || steps.nothing.value > 0.5", true],
  ])("%s is %s", (condition, expected) => expect(evaluateCondition(condition, conditionFacts)).toBe(expected));

  test.each([
    ["a query that found nothing", "steps.nothing.value < 0.5"],
    ["a query that found NaN", "steps.broken.value < 0.5"],
    ["a negation of one", "!(steps.broken.value > 0.5)"],
    ["a step that did not run", "steps.other.value > 0.5"],
    ["a row that is not there", "steps.slow_statements.rows[5].pid == 7"],
    ["a column that is null", "steps.slow_statements.rows[1].seconds < 5"],
    ["a label that is absent", "labels.region != 'eu'"],
  ])("%s is unknown, not true and not false", (_, condition) => {
    const result = evaluateCondition(condition, conditionFacts);
    expect(result).toMatchObject({ noData: true, error: expect.stringContaining("no data in") as string });
    expect(typeof result === "object" && isNoDataError(result.error)).toBe(true);
  });

  test.each([
    ["no condition", "steps.errors.value >"],
    ["an expression that can take for ever", "params.pod.matches('(a+)+$')"],
    ["no truth", "steps.errors.value"],
    ["texts and numbers", "steps.errors.value > 'a'"],
    ["an endless expression", `${"(".repeat(3_000)}true`],
    ["the constructor of a thing", "params.pod.constructor.constructor('return process')() == 1"],
  ])("%s is an error, and not for want of data", (_, condition) => {
    const result = evaluateCondition(condition, conditionFacts);
    expect(result).toMatchObject({ error: expect.any(String) as string });
    expect(typeof result === "object" && isNoDataError(result.error)).toBe(false);
  });
});

describe("a message", () => {
  const slack = (text: string): string => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

  test("shows data, escaped, and does not read it as a template", () => {
    expect(
      renderTemplate(
        "{{ params.service.name }}: {{ steps.slow_statements.rows[0].query }} > 5 %",
        conditionFacts,
        slack,
      ),
    ).toEqual({
      ok: true,
      text: "order-service: {{ labels.env }} &lt;b&gt; > 5 %",
    });
  });

  test.each([
    ["reads a file", "{% include '/etc/hostname' %}"],
    ["reads one in another way", "{% render 'package.json' %}"],
    ["lays out", "{% layout 'package.json' %}"],
    ["speaks of what is not there", "{{ steps.other.value }}"],
    ["reaches for a prototype", "{{ params.pod.constructor }}"],
    ["does not end", "{% for i in (1..100000000) %}x{% endfor %}"],
    ["switches escaping off", "{{ labels.env | raw }}"],
  ])("that %s is refused", (_, template) =>
    expect(renderTemplate(template, conditionFacts, slack)).toMatchObject({ ok: false }),
  );
});
