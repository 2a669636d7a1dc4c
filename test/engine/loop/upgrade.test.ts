import { describe } from "vitest";
import { embeddedFromDump } from "#test/support/harness/upgrade/upgrade-app.ts";
import { upgradeStory } from "#test/support/harness/upgrade/upgrade-story.ts";

describe("An embedded database of the earlier version", () => {
  upgradeStory(async () => ({ MUSTER_DATA_DIR: await embeddedFromDump() }));
});
