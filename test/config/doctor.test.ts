import { spawn } from "node:child_process";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { SCOPES } from "../../src/slack-app.ts";

let scopes: readonly string[] = [];
const slack = createServer((_, response) =>
  response
    .writeHead(200, { "content-type": "application/json", "x-oauth-scopes": scopes.join(",") })
    .end(JSON.stringify({ ok: true, user: "muster", team: "Example" })),
);
beforeAll(() => new Promise<void>((resolve) => slack.listen(0, "127.0.0.1", resolve)));
afterAll(() => new Promise((resolve) => slack.close(resolve)));

const doctor = (): Promise<{ readonly code: number | null; readonly out: string }> =>
  new Promise((resolve, reject) => {
    const env = {
      PATH: process.env["PATH"] ?? "",
      SLACK_BOT_TOKEN: "xoxb-test",
      SLACK_SIGNING_SECRET: "s",
      SLACK_API_URL: `http://127.0.0.1:${(slack.address() as AddressInfo).port}/api/`,
    };
    const child = spawn(process.execPath, ["src/cli.ts", "doctor"], { env });
    let out = "";
    child.stdout.on("data", (chunk: Buffer) => (out += chunk.toString()));
    child.once("error", reject);
    child.once("close", (code) => resolve({ code, out }));
  });

test("doctor names each scope that is missing, with what it breaks and the fix", async () => {
  scopes = SCOPES.map(({ name }) => name).filter((name) => name !== "pins:write" && name !== "usergroups:read");
  const { code, out } = await doctor();
  expect(code).toBe(1);
  expect(out).toContain("Slack knows the token: muster in Example");
  expect(out).toContain("the app lacks the scope pins:write: the card is not pinned");
  expect(out).toContain("the app lacks the scope usergroups:read: permissions for user groups let nobody pass");
  expect(out).toContain("muster manifest");
});

test("doctor has nothing to say of an app that has them all", async () => {
  scopes = SCOPES.map(({ name }) => name);
  const { code, out } = await doctor();
  expect([code, out.includes("lacks")]).toEqual([0, false]);
});
