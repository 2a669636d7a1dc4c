import { afterAll } from "vitest";
import { removeDirectories } from "#test/support/harness/servers/temporary-directory.ts";

// Each test file loads this before itself, so it runs after all that the file does in the end.
afterAll(removeDirectories);
