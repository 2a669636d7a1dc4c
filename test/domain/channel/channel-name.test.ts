import fc from "fast-check";
import { expect, test } from "vitest";
import { channelName } from "#domain/channel/channel-name.ts";

test.each([
  { n: 1, title: "order-service: p95 latency above 5 s", name: "inc-1-order-service-p95-latency-above-5-s" },
  { n: 2, title: "Überlast im Zürcher Café", name: "inc-2-uberlast-im-zurcher-cafe" },
  { n: 3, title: "数据库宕机", name: "inc-3" },
  { n: 4, title: "", name: "inc-4" },
  { n: 5, title: "🔥🔥 DB down 🔥", name: "inc-5-db-down" },
  { n: 6, title: "--- <!channel> ---", name: "inc-6-channel" },
  { n: 7, title: "../../etc/passwd", name: "inc-7-etc-passwd" },
])("INC-$n $title gets the channel #$name", ({ n, title, name }) => {
  expect(channelName(n, title)).toBe(name);
});

test("a long title is cut between words, with room for a number behind a name that is taken", () => {
  const name = channelName(
    12,
    "database connection pool exhausted on the primary of the order service in europe west and everywhere",
  );
  expect(name).toBe("inc-12-database-connection-pool-exhausted-on-the-primary-of-the-order");
  expect(`${name}-12`.length).toBeLessThanOrEqual(80);
});

test("cuts a single word that is too long", () => {
  expect(channelName(1, "x".repeat(500))).toBe(`inc-1-${"x".repeat(70)}`);
});

test("makes every title a name that Slack accepts", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 999_999_999 }), fc.string({ unit: "binary", maxLength: 400 }), (n, title) => {
      const name = channelName(n, title);
      expect(name).toMatch(/^inc-\d+(?:-[a-z0-9]+)*$/);
      expect(name.length).toBeLessThanOrEqual(76);
    }),
  );
});
