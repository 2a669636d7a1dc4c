import { expect, test } from "vitest";
import { checkAlertmanagers } from "#app/integrations/alertmanager-check.ts";
import { readConfig } from "#config/app-config.ts";
import { saveAlerts } from "#db/alerts.ts";
import { migrateDatabase, openDatabase } from "#db/client.ts";
import { saveAlertSources } from "#db/watch/alert-sources.ts";
import { anAlert } from "#test/support/builders/alert-builders.ts";
import { startAlertmanager } from "#test/support/harness/servers/alertmanager.ts";
import { describeLive, newDatabase } from "#test/support/harness/servers/live.ts";
import { wallClock } from "#test/support/harness/test-clock.ts";

describeLive("On PostgreSQL with a real Alertmanager, doctor", ["postgres", "alertmanager"], () => {
  test("lists who can be asked about what fires, and who delivered what no one can be asked about", async () => {
    const url = await newDatabase();
    const connection = await openDatabase({ kind: "server", url, connections: 2 }, () => {});
    const alertmanager = await startAlertmanager({ webhookUrl: "http://127.0.0.1:9/unused" });
    try {
      await migrateDatabase(connection);
      const [own, other] = ["https://alerts-a.example.com", "https://alerts-b.example.com"] as const;
      await saveAlerts(connection.db, [
        anAlert({ fingerprint: "a", externalUrls: [own] }),
        anAlert({ fingerprint: "b", externalUrls: [other] }),
        anAlert({ fingerprint: "c", externalUrls: [own, other] }),
        anAlert({ fingerprint: "d", externalUrls: ["https://gone.example.com"], status: "resolved" }),
      ]);
      await saveAlertSources(connection.db, [
        { url: alertmanager.url, cluster: alertmanager.url, externalUrls: [alertmanager.url, own] },
      ]);
      const config = readConfig({ DATABASE_URL: url, ALERTMANAGER_URL: alertmanager.url });
      expect(await checkAlertmanagers(config, wallClock)).toMatchObject([
        { ok: true, says: expect.stringContaining(`${alertmanager.url} answers, without peers`) as string },
        { ok: true, says: `${own} delivered 2 alerts that fire, and can be asked about them` },
        {
          ok: false,
          says: expect.stringContaining(`${other} delivered 2 alerts that fire, and no Alertmanager`) as string,
        },
      ]);
    } finally {
      await Promise.all([connection.close(), alertmanager.stop()]);
    }
  });
});
