import { describe, expect, test } from "vitest";
import { groupKey } from "#domain/alerting/grouping.ts";
import { aPolicy } from "#test/support/builders/policies.ts";

const policy = aPolicy();

describe("the group key", () => {
  test("is the service and the name of the alert, not its instance", () => {
    expect(groupKey(policy, { service: "a", alertname: "X", instance: "1" })).toBe(
      groupKey(policy, { service: "a", alertname: "X", instance: "2" }),
    );
    expect(groupKey(policy, { service: "a", alertname: "X" })).not.toBe(
      groupKey(policy, { service: "b", alertname: "X" }),
    );
  });

  test("does not confuse a label with its neighbour", () => {
    const by = aPolicy({ grouping: { by: ["a", "b"] } });
    expect(groupKey(by, { a: '","', b: "" })).not.toBe(groupKey(by, { a: "", b: '","' }));
  });

  test("ignores inherited JavaScript properties", () => {
    expect(groupKey(aPolicy({ grouping: { by: ["constructor"] } }), {})).toBe('[""]');
  });
});
