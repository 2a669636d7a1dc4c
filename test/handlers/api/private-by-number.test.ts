import { sql } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startApp, type TestApp } from "#test/support/harness/app.ts";
import { aSubmission } from "#test/support/builders/submissions.ts";
import { runCli } from "#test/support/harness/processes/run-cli.ts";
import { temporaryDirectory } from "#test/support/harness/servers/temporary-directory.ts";

const authorization = "Bearer secret";
const TITLE = "the-secret-of-the-board";
const directory = temporaryDirectory("cli");

/** INC-1 is private. */
let app: TestApp;
beforeAll(async () => {
  app = await startApp({ settings: { MUSTER_API_TOKENS: "secret" } });
  const declaration = { title: TITLE, priority: "P2", private: true, page: false, drill: false } as const;
  await app.submit(
    aSubmission(
      { type: "incident.declare", declaration: { ...declaration, service: null, summary: null } },
      { key: "person:declare-private" },
    ),
  );
  await app.settles();
});
afterAll(() => app.stop());

const READS = [
  "/api/incidents/INC-1",
  "/api/incidents/INC-1/timeline",
  "/api/incidents/INC-1/postmortem",
  "/api/incidents/INC-1/postmortem/diff",
  "/api/runs?incident=INC-1",
  "/api/alerts?incident=INC-1",
];

describe("a token of the API reads a private incident by its number", () => {
  test.each(READS)("only when it asks for private ones: %s", async (path) => {
    const hidden = await app.get(path, { authorization });
    const missing = await app.get(path.replace("INC-1", "INC-999"), { authorization });
    const words = await hidden.text();
    expect(words).not.toContain(TITLE);
    expect(hidden.status).toBe(404);
    // A list of what is about no incident is empty; else there is no difference to a number that no incident has.
    if (missing.status === 404) expect(words).toBe((await missing.text()).replace("INC-999", "INC-1"));
    const shown = await app.get(`${path}${path.includes("?") ? "&" : "?"}private=true`, { authorization });
    expect(shown.status).toBe(200);
  });

  test("and writes its postmortem likewise", async () => {
    const page = await (
      await app.get("/api/incidents/INC-1/postmortem?private=true", { authorization, accept: "text/markdown" })
    ).text();
    const headers = { authorization, "content-type": "text/markdown" };
    expect((await app.post("/api/incidents/INC-1/postmortem", page, headers, "PUT")).status).toBe(404);
    expect((await app.post("/api/incidents/INC-1/postmortem?private=true", page, headers, "PUT")).status).toBe(200);
  });
});

test("the list of all alerts has those of private incidents only when it is asked for them", async () => {
  const labels = { service: "order-service", alertname: "Public", severity: "P3" };
  await app.fires({ ...labels, alertname: "Private" });
  await app.fires(labels);
  await app.engine.connection.db.execute(
    sql`update incidents set state = (state::jsonb || '{"private":true}')::json where number = 2`,
  );
  const listed = async (query: string): Promise<readonly string[]> => {
    const { alerts } = (await (await app.get(`/api/alerts${query}`, { authorization })).json()) as {
      readonly alerts: readonly { readonly labels: { readonly alertname: string } }[];
    };
    return alerts.map((alert) => alert.labels.alertname);
  };
  expect([await listed("?limit=1"), await listed("")]).toEqual([["Public"], ["Public"]]);
  expect((await listed("?private=true")).toSorted()).toEqual(["Private", "Public"]);
});

test.each(["timeline", "postmortem"])("muster %s shows it with --private", async (command) => {
  const env = { MUSTER_URL: app.url, MUSTER_API_TOKENS: "secret" };
  expect(await runCli(directory, [command, "INC-1"], env)).toMatchObject({
    code: 1,
    out: "",
    err: expect.stringContaining("404") as string,
  });
  const { code, out } = await runCli(directory, [command, "INC-1", "--private"], env);
  expect([code, out]).toEqual([0, expect.stringContaining(TITLE)]);
});

test("its title is not in the log", () => {
  const events = app.log.lines.filter(({ fields }) => "event" in fields);
  expect(events.map(({ message }) => message)).toContain("an event of a private incident");
  expect(JSON.stringify(app.log.lines)).not.toContain(TITLE);
});
