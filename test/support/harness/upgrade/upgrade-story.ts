import { afterAll, beforeAll } from "vitest";
import {
  testDeadlines,
  testEarlierMessages,
  testPendingWork,
  testRunsGoOn,
  testTheWeekAfter,
} from "./continuing-tests.ts";
import { testReadAnswers, testStoredRows } from "./reading-tests.ts";
import { continueFrom, type UpgradeApp } from "./upgrade-app.ts";
import { upgradeSession } from "./upgrade-session.ts";

/**
 * What becomes of a database of the earlier version (test/fixtures/upgrade) once this one opens it: one story, whose
 * tests depend on their order. `settings` has the address of the database.
 */
export function upgradeStory(settings: () => Promise<Readonly<Record<string, string>>>): void {
  let app: UpgradeApp;
  beforeAll(async () => void (app = await continueFrom(await settings())));
  afterAll(() => app.stop());
  const session = upgradeSession(() => app);
  testReadAnswers(session);
  testStoredRows(session);
  testPendingWork(session);
  testEarlierMessages(session);
  testDeadlines(session);
  testRunsGoOn(session);
  testTheWeekAfter(session);
}
