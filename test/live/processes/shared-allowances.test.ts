import { expect, test } from "vitest";
import { migrateDatabase, openDatabase } from "#db/client.ts";
import { createStoredAllowances, type StoredAllowances } from "#db/outbound/stored-allowances.ts";
import { clockOfDatabase } from "#db/place/database-clock.ts";
import type { VendorAllowance } from "#domain/outbound/allowance.ts";
import { describeLive, newDatabase } from "#test/support/harness/servers/live.ts";

const CREATE: VendorAllowance = { key: "slack conversations.create", perMinute: 20, burst: 20 };

describeLive("an allowance of several processes", ["postgres"], () => {
  test("is one: neighbors cannot spend the reserve of a P0, and a refusal counts for all", async () => {
    const url = await newDatabase();
    const connections = await Promise.all(
      [0, 1, 2].map(() => openDatabase({ kind: "server", url, connections: 4 }, () => {})),
    );
    try {
      await migrateDatabase(connections[0]!);
      const failures: Error[] = [];
      const processes = connections.map(({ db }): StoredAllowances =>
        createStoredAllowances(db, clockOfDatabase(db), (error) => void failures.push(error)),
      );
      const takeAll = async (count: number, urgency: number): Promise<number> => {
        const waits = await Promise.all(
          Array.from({ length: count }, (_, n) => processes[n % processes.length]!.take(CREATE, urgency)),
        );
        return waits.filter((ms) => ms === 0).length;
      };
      expect(await takeAll(60, 2)).toBe(15);
      expect(await takeAll(3, 0)).toBe(3);
      await processes[0]!.pause(CREATE, 5_000);
      expect(await processes[2]!.take(CREATE, 0)).toBeGreaterThan(4_000);
      expect(failures).toEqual([]);

      await connections[1]!.close();
      expect(await processes[1]!.take(CREATE, 0)).toBe(0);
      expect(failures).toHaveLength(1);
    } finally {
      await Promise.all([connections[0]!.close(), connections[2]!.close()]);
    }
  });
});
