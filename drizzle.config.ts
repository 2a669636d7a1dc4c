import { defineConfig } from "drizzle-kit";

// oxlint-disable-next-line import/no-default-export -- drizzle-kit reads the default export
export default defineConfig({
  dialect: "postgresql",
  schema: [
    "./src/db/schema.ts",
    "./src/db/arrangements/arrangement-schema.ts",
    "./src/db/run-schema.ts",
    "./src/db/figures-schema.ts",
    "./src/db/intake/intake-schema.ts",
    "./src/db/watch/watch-schema.ts",
    "./src/db/oncall/rotations.ts",
    "./src/db/outbound/outbound-schema.ts",
    "./src/db/sessions/session-schema.ts",
    "./src/db/access/api-tokens.ts",
  ],
  out: "./migrations",
  casing: "snake_case",
});
