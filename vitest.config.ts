import { defineConfig } from "vitest/config";

// oxlint-disable-next-line import/no-default-export -- vitest reads the default export
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "unit",
          setupFiles: ["test/support/harness/frozen-date.ts"],
          include: [
            "test/{db,domain,verbs,views,engine,handlers,integrations,story,config,cli,app,lint,runbooks,simulation}/**/*.test.ts",
          ],
          testTimeout: 60_000,
          hookTimeout: 90_000,
          // Left to itself, vitest leaves one of two cores idle.
          maxWorkers: 2,
        },
      },
      {
        test: {
          name: "live",
          globalSetup: ["test/support/harness/servers/global-live.ts"],
          include: ["test/{live,chaos}/**/*.test.ts"],
          testTimeout: 120_000,
          hookTimeout: 60_000,
          maxWorkers: 2,
          maxConcurrency: 4,
        },
      },
    ],
  },
});
