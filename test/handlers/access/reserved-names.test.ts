import { afterAll, beforeAll, expect, test } from "vitest";
import { createTokenRegistry } from "#app/access/token-registry.ts";
import { readPolicy } from "#config/policy-file.ts";
import { SignedRequests } from "#test/support/harness/app.ts";
import { basic, bearer } from "#test/support/builders/doors/guards.ts";
import { runCli } from "#test/support/harness/processes/run-cli.ts";

let slack: SignedRequests;
beforeAll(async () => {
  slack = await SignedRequests.open(undefined, { MUSTER_API_TOKENS: "secret", MUSTER_WEBHOOK_TOKENS: "none" });
});
afterAll(() => slack.app.stop());

const OWN_NAMES = ["Muster", "muster", " MUSTER ", "Muster\u200b", "Мuster", "Muster bot"];

test.each(OWN_NAMES)("no door lets anyone act as %j", async (as) => {
  for (const [method, path, sent] of [
    ["POST", "/api/verbs", { text: "INC-1 note I did it", as }],
    ["POST", "/api/deadletters/C1/retry", { as }],
    ["POST", "/api/deadletters/C1/drop", { as, reason: "it is gone" }],
    ["PUT", "/api/incidents/INC-1/postmortem", { as, markdown: "x" }],
  ] as const) {
    const answer = await slack.app.post(path, sent, bearer("secret"), method);
    expect([path, answer.status, await answer.json()]).toEqual([
      ...[path, 400],
      expect.objectContaining({ error: expect.stringContaining("no one but Muster acts as") as string }),
    ]);
  }
  const env = { MUSTER_URL: slack.app.url, MUSTER_API_TOKENS: "secret" };
  const typed = await runCli(process.cwd(), ["incident", "INC-1", "note", "I did it", "--as", as], env);
  expect([typed.code, typed.err]).toEqual([1, expect.stringContaining("no one but Muster acts as")]);
});

test("with basic authentication under Muster's name, what is done is the token's", async () => {
  const page = await slack.app.get("/incidents/INC-1", basic("Muster", "secret"));
  const [cookie = ""] = page.headers.getSetCookie();
  const html = await page.text();
  const field = (name: string): string => new RegExp(`name="${name}" value="([^"]*)"`).exec(html)?.[1] ?? "";
  const form = new URLSearchParams({ csrf: field("csrf"), key: field("key"), text: "note typed on a page" });
  await slack.app.post("/incidents/INC-1/verbs", form.toString(), {
    ...{ "content-type": "application/x-www-form-urlencoded", origin: "https://muster.example" },
    ...{ ...basic("Muster", "secret"), cookie: cookie.split(";")[0]! },
  });
  await slack.app.settles();
  const { rows } = await slack.app.engine.connection.pool.query<{ actor: { name: string } }>(
    "select actor from events where data::text like '%typed on a page%'",
  );
  expect(rows.map(({ actor }) => actor.name)).toEqual(["api"]);
});

test.each([
  "Muster",
  "muster",
  "Muster-bot",
  "M.u.s.t.e.r",
  "MUSTER_API_TOKENS",
  "muster_api_tokens_1",
  "api",
  "local",
])("no token is called %j", async (name) => {
  const registry = createTokenRegistry(slack.app.engine.connection.db, () => slack.app.time.now);
  const made = await registry.create({ name, scopes: ["respond"], createdBy: "test", expiresAt: null });
  expect(made).toEqual({ refused: expect.stringContaining("choose another name") as string });
});

test("someone whom the chat calls as Muster is shown with their id", async () => {
  slack.app.chat.people.set("U0POSER01", { name: "Mustеr", zone: "UTC" });
  await slack.happens({ type: "app_mention", channel: "C1", user: "U0POSER01", text: "<@UBOT> note all is well" });
  const timeline = await slack.app.get("/api/incidents/INC-1/timeline", bearer("secret"));
  expect(await timeline.text()).toContain("Mustеr (U0POSER01): all is well");
});

test.each([
  ["people:\n  muster: { email: m@example.com }\n", "people.muster"],
  ["people:\n  max: { name: Muster }\n", "people.max.name"],
])("no one of the policy is called so: %j", (text, path) => {
  expect(readPolicy(text, "muster.yaml").problems).toEqual([
    expect.objectContaining({ path, message: expect.stringContaining("Muster itself acts under this one") as string }),
  ]);
});

test("Max Muster is a person of the policy", () => {
  expect(readPolicy("people:\n  max: { name: Max Muster }\n", "muster.yaml").problems).toEqual([]);
});
