import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { createPrometheus } from "#integrations/prometheus/prometheus-metrics.ts";
import { describeLive } from "#test/support/harness/servers/live.ts";
import { startPrometheus } from "#test/support/harness/servers/prometheus.ts";
import { waitFor } from "#test/support/harness/wait-until.ts";
import { wallClock } from "#test/support/harness/test-clock.ts";

describeLive("a real Prometheus", ["prometheus"], () => {
  test("is read: numbers, series, empty results, 0/0, its warnings and errors, and a past instant", async () => {
    const shop = createServer((_, response) =>
      response.end('errors_total{pod="a"} 7\nerrors_total{pod="b"} 3\nrequests_total 0\n'),
    );
    await new Promise<void>((resolve) => shop.listen(0, "127.0.0.1", resolve));
    const prometheus = await startPrometheus([`127.0.0.1:${(shop.address() as AddressInfo).port}`]);
    try {
      const source = createPrometheus({ url: prometheus.url });
      await source.ping();
      const attempt = (promql: string) => source.query(promql, wallClock());
      await waitFor(async () => (await attempt("up == 1")).kind === "rows", { what: "the first scrape" });

      expect(await attempt("sum(errors_total)")).toEqual({ kind: "value", value: 10, warnings: [] });
      expect(await attempt("sum by (pod) (errors_total) > 5")).toEqual({
        kind: "rows",
        rows: [{ labels: { pod: "a" }, value: 7 }],
        warnings: [],
      });
      expect(await attempt("scalar(sum(errors_total))")).toEqual({ kind: "value", value: 10, warnings: [] });
      expect(await attempt("sum(requests_total) / 0")).toEqual({ kind: "noData", warnings: [] });
      expect(await attempt("sum(errors_total) / 0")).toMatchObject({ kind: "value", value: Infinity });
      expect(await attempt("sum(nothing_total)")).toEqual({ kind: "noData", warnings: [] });
      expect(await source.query("sum(errors_total)", wallClock() - 3_600_000)).toEqual({
        kind: "noData",
        warnings: [],
      });
      await expect(attempt("sum(")).rejects.toMatchObject({
        reason: "invalid",
        retryable: false,
        message: expect.stringContaining("unclosed left parenthesis") as string,
      });
      await expect(attempt("errors_total[5m]")).rejects.toMatchObject({
        reason: "invalid",
        message: expect.stringContaining("matrix") as string,
      });
    } finally {
      await prometheus.stop();
      shop.close();
    }
  });
});
