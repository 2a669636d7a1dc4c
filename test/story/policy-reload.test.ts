import { writeFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startApp, type TestApp } from "#test/support/harness/app.ts";
import { NOW } from "#test/support/builders/instants.ts";

let app: TestApp;
beforeAll(async () => void (app = await startApp({ policy: { unknownSeverity: "P3" } })));
afterAll(() => app.stop());

const priorityOfNew = async (service: string): Promise<string> => {
  await app.fires({ service, severity: "odd" }, { startsAt: NOW });
  return (await app.json<{ incidents: { priority: string }[] }>(`/api/incidents?service=${service}`)).incidents[0]!
    .priority;
};

test("a reloaded policy applies at once to new alerts", async () => {
  expect(await priorityOfNew("a")).toBe("P3");
  writeFileSync(app.policyFile, "unknownSeverity: P4\n");
  expect(await priorityOfNew("b")).toBe("P3");
  await app.reload();
  expect(await priorityOfNew("c")).toBe("P4");
  expect(app.log.selfAlerts).toEqual([]);
});

test("an invalid policy changes nothing, and the log names the problem and its place", async () => {
  writeFileSync(app.policyFile, "unknownSeverity: P4\n\ncolour: red\n");
  await app.reload();
  expect(await priorityOfNew("d")).toBe("P4");
  expect(app.log.lines.filter(({ level }) => level === "error")).toMatchObject([
    {
      message: expect.stringContaining("the previous policy stays in force") as string,
      fields: { problems: [expect.stringMatching(/muster\.yaml:3: unknown key "colour"/) as string] },
    },
  ]);
});
