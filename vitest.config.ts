import { defineConfig } from "vitest/config";
import { RetriedTests, RETRIES } from "./test/support/harness/retried-tests.ts";
import { TEST_PATIENCE } from "./test/support/harness/patience.ts";

/**
 * Node loads the tests and the code by itself, as in production: nothing is translated, and nothing is kept a second time.
 * There is nothing that Vite would be needed for: no module is mocked (docs/decisions.md, "The unit tests share processes").
 */
const LOADED_BY_NODE = { viteModuleRunner: false, nodeLoader: false } as const;

const UNIT = {
  setupFiles: [
    "test/support/harness/tidy-files.ts",
    "test/support/harness/frozen-date.ts",
    "test/support/harness/loopback-only.ts",
  ],
  globalSetup: ["test/support/harness/servers/global-unit.ts"],
  testTimeout: 60_000 * TEST_PATIENCE,
  hookTimeout: 90_000 * TEST_PATIENCE,
  retry: RETRIES,
  // Left to itself, vitest leaves one of two cores idle.
  maxWorkers: 2,
  experimental: LOADED_BY_NODE,
};

/** Files that change what a process has one of: its directory, its signals, its timers. */
const ALONE = ["test/cli/**/*.test.ts", "test/app/scheduler.test.ts"];

// oxlint-disable-next-line import/no-default-export -- vitest reads the default export
export default defineConfig({
  test: {
    reporters: ["default", new RetriedTests()],
    globalSetup: ["test/support/harness/run-folder.ts"],
    projects: [
      {
        test: {
          ...UNIT,
          name: "unit",
          include: [
            "test/{db,domain,verbs,views,engine,handlers,integrations,story,config,app,lint,runbooks,simulation}/**/*.test.ts",
          ],
          exclude: ALONE,
          // Two processes run all of them, each loading the code once: a file leaves nothing behind for the next.
          isolate: false,
        },
      },
      { test: { ...UNIT, name: "unit-alone", include: ALONE } },
      {
        test: {
          name: "live",
          setupFiles: ["test/support/harness/tidy-files.ts"],
          globalSetup: ["test/support/harness/servers/global-live.ts"],
          include: ["test/{live,chaos}/**/*.test.ts"],
          testTimeout: 120_000 * TEST_PATIENCE,
          hookTimeout: 60_000 * TEST_PATIENCE,
          retry: RETRIES,
          maxWorkers: 2,
          maxConcurrency: 4,
          experimental: LOADED_BY_NODE,
        },
      },
    ],
  },
});
