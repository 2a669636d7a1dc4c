import { expect, test } from "vitest";
import { DEFAULT_EXPORTERS, isExporter } from "#domain/policy/exporters.ts";

test.each([
  ["kube-state-metrics", true],
  ["prometheus-kube-state-metrics", true],
  ["monitoring/kube-state-metrics", true],
  ["Node_Exporter", true],
  ["node", true],
  ["blackbox", true],
  ["cadvisor", true],
  ["search-node", false],
  ["order-service", false],
  ["nodes", false],
  ["", false],
  ["constructor", false],
])("%s is an exporter by default: %s", (name, expected) => {
  expect(isExporter(DEFAULT_EXPORTERS, name)).toBe(expected);
});

test("a list of the policy replaces the default, and one * stands for any text", () => {
  const list = ["acme-*-exporter"];
  expect(["acme-db-exporter", "acme--exporter", "acme-exporter", "node"].map((name) => isExporter(list, name))).toEqual(
    [true, true, false, false],
  );
});
