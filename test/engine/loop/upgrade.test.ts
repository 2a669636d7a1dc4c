import { describe } from "vitest";
import { databaseFromDump } from "#test/support/harness/upgrade/upgrade-app.ts";
import { upgradeStory } from "#test/support/harness/upgrade/upgrade-story.ts";

describe("A database of the earlier version", () => {
  upgradeStory(async () => ({ DATABASE_URL: await databaseFromDump() }));
});
