import { expect, test } from "vitest";
import { createAlertSource } from "#adapters/alertmanager/alert-source.ts";
import { startAlertmanager } from "#test/support/alertmanager.ts";
import { waitFor } from "#test/support/wait.ts";
import { describeLive } from "#test/support/live.ts";

describeLive("a real Alertmanager", ["alertmanager"], () => {
  test("says what fires, silenced alerts too, and no longer what has ended", async () => {
    const alertmanager = await startAlertmanager({ webhookUrl: "http://127.0.0.1:9/unused" });
    try {
      const source = createAlertSource(alertmanager.url);
      expect(await source.active()).toEqual(new Set());
      await alertmanager.fire({ alertname: "A", service: "orders" });
      await alertmanager.fire({ alertname: "B", service: "orders" });
      const both = await source.active();
      expect(both.size).toBe(2);

      const silence = {
        matchers: [{ name: "alertname", value: "A", isRegex: false, isEqual: true }],
        startsAt: new Date().toISOString(),
        endsAt: new Date(Date.now() + 3_600_000).toISOString(),
        createdBy: "alice",
        comment: "known",
      };
      const answer = await fetch(`${alertmanager.url}/api/v2/silences`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(silence),
      });
      expect(answer.status).toBe(200);
      expect(await source.active()).toEqual(both);

      await alertmanager.resolve({ alertname: "A", service: "orders" });
      const left = await waitFor(async () => ((active) => (active.size === 1 ? active : null))(await source.active()), { what: "one alert left" });
      expect([...both]).toEqual(expect.arrayContaining([...left]));
    } finally {
      await alertmanager.stop();
    }
  });
});

test("an Alertmanager that is away, or no Alertmanager at all, is said in plain words", async () => {
  await expect(createAlertSource("http://127.0.0.1:9").active()).rejects.toThrow("Alertmanager cannot be reached at http://127.0.0.1:9");
});
