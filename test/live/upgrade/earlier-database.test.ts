import pg from "pg";
import { describeLive, newDatabase } from "#test/support/harness/servers/live.ts";
import { upgradeFixture } from "#test/support/harness/upgrade/upgrade-app.ts";
import { upgradeStory } from "#test/support/harness/upgrade/upgrade-story.ts";

describeLive("A PostgreSQL database of the earlier version", ["postgres"], () => {
  upgradeStory(async () => {
    const url = await newDatabase();
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    await client.query(upgradeFixture("dump.sql"));
    await client.end();
    return { DATABASE_URL: url };
  });
});
