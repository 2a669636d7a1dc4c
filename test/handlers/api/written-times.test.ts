import { afterAll, beforeAll, expect, test } from "vitest";
import { startApp, type TestApp } from "#test/support/harness/app.ts";

let app: TestApp;
beforeAll(async () => void (app = await startApp({ policy: {} })));
afterAll(() => app.stop());

/** Runs words, and answers what came of them. The clock stands at `now`. */
async function runWords(now: string, text: string): Promise<string> {
  app.time.now = Date.parse(now);
  const response = app.post("/api/verbs", { text, as: "dana" });
  let answered = false;
  const marked = response.then(() => (answered = true));
  while (!answered) {
    await app.settles();
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  await marked;
  return (await response).text();
}
const shown = () => app.json<{ detectedAt: string; resolvedAt: string }>("/api/incidents/INC-1");

// It really ended on Friday at 18:00; people came back on Monday.
test("what was days ago is put right with a date, a weekday or ISO 8601, and the answer repeats date, time and zone", async () => {
  await runWords("2026-11-27T16:00:20Z", "declare P3 checkout is slow");
  await runWords("2026-11-30T09:00:00Z", "INC-1 resolve rolled back");
  for (const words of ["at 2026-11-27 18:00", "at friday 18:00", "at 2026-11-27T18:00Z", "at 19:00 +01:00 on friday"]) {
    const answer = await runWords("2026-11-30T09:05:00Z", `INC-1 correct resolved ${words}`);
    expect(answer, words).toMatch(/2026-11-27 18:00:00 UTC/);
    expect((await shown()).resolvedAt, words).toBe("2026-11-27T18:00:00.000Z");
  }
});

test("a note of what was days ago stands in its place, by one rule for every verb", async () => {
  const answer = await runWords("2026-12-02T09:01:00Z", "INC-1 note the deploy went out at 2026-11-27 15:50");
  expect(answer).toContain("the deploy went out (2026-11-27 at 15:50 UTC)");
  expect(await runWords("2026-12-02T09:02:00Z", "INC-1 note we saw it at 17:50")).toContain(
    "(2026-11-27 at 17:50 UTC)",
  );
});

test("the minute in which it began is no time before it, and the future is refused", async () => {
  expect(await runWords("2026-12-02T09:03:00Z", "INC-1 correct resolved at 2026-11-27 16:00")).toContain("16:00:20");
  expect(await runWords("2026-12-02T09:04:00Z", "INC-1 note x at 2026-12-24 18:00")).toContain("is in the future");
});
