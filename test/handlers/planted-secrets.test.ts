import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { PortError } from "#ports/port-error.ts";
import { startApp, type TestApp } from "#test/support/harness/app.ts";
import { waitFor } from "#test/support/harness/wait-until.ts";
import { dumpDatabase } from "#test/support/harness/servers/database-dump.ts";
import { anAlertBody, aWebhookBody } from "#test/support/builders/webhooks.ts";
import { MINUTE, NOW } from "#test/support/builders/instants.ts";
import { STAFFED_POLICY } from "#test/support/builders/policies.ts";

/** Each in another place; none looks like a secret by itself. */
const PLANTED = {
  label: "planted-one",
  annotation: "planted-two",
  inText: "planted-three",
  inAddress: "planted-four",
  note: "planted-five",
  declared: "planted-six",
  refused: "planted-seven",
  postmortem: "planted-eight",
  looked: "planted-nine",
  runLabel: "planted-ten",
  generator: "seeded-five",
  external: "seeded-six",
  unreadable: "seeded-one",
  dropped: "seeded-two",
  inError: "seeded-three",
  ownToken: "mst_seeded-four-5JkQz9wXv2Rb",
} as const;

let app: TestApp;
afterEach(() => app.stop());

const submitAsAlice = async (text: string): Promise<void> => {
  let answered = false;
  const asked = app.post("/api/verbs", { text, as: "Alice" }).finally(() => (answered = true));
  await waitFor(async () => (await app.settles(), answered), { what: text });
  await asked;
};

async function plant(): Promise<void> {
  await app.fires(
    { service: "order-service", severity: "P1", api_key: PLANTED.label },
    {
      startsAt: NOW - MINUTE,
      summary: `login failed with password=${PLANTED.inText}`,
      annotations: {
        authorization: PLANTED.annotation,
        runbook_url: `https://app:${PLANTED.inAddress}@wiki.example/page`,
      },
    },
  );
  await submitAsAlice(`INC-1 note the token: ${PLANTED.note} was in the log`);
  await submitAsAlice(`declare P2 password=${PLANTED.declared} does not work`);
  await submitAsAlice(`list password=${PLANTED.looked}`);
  await submitAsAlice(`runbook run nothing password=${PLANTED.runLabel}`);
  await app.post("/webhooks/alertmanager", {
    version: "4",
    groupKey: "g",
    receiver: "r",
    alerts: [{ status: "on", labels: { alertname: "Odd", password: PLANTED.refused }, annotations: {} }],
  });
  await app.post("/webhooks/alertmanager", {
    ...aWebhookBody(),
    externalURL: `https://app:${PLANTED.external}@alertmanager.example`,
    alerts: [
      anAlertBody({
        labels: { alertname: "Far", severity: "P4" },
        generatorURL: `https://app:${PLANTED.generator}@prometheus.example/graph`,
      }),
    ],
  });
  expect((await app.post("/webhooks/grafana", `pwd=${PLANTED.unreadable}`)).status).toBe(400);
  await submitAsAlice(`INC-1 note ${PLANTED.ownToken} is the one that leaked`);
  await dropDeadLetter();
  const page = await (await app.get("/api/incidents/INC-1/postmortem", { accept: "text/markdown" })).text();
  const edited = page.replace(/TODO\(.*\): Which customers.*/, `The secret="${PLANTED.postmortem}" leaked`);
  expect(edited).not.toBe(page);
  await app.post("/api/incidents/INC-1/postmortem", { markdown: edited, as: "Alice" }, {}, "PUT");
  await app.settles();
}

/** A step of a service fails with its own words, and someone gives it up with theirs. */
async function dropDeadLetter(): Promise<void> {
  const words = `refused for https://app:${PLANTED.inError}@events.example`;
  app.paging.fails(new PortError("invalid", words, { retryable: false }));
  await app.fires({ service: "payments", severity: "P1" }, { startsAt: NOW });
  const { deadLetters } = await app.json<{ deadLetters: readonly { id: string }[] }>("/api/deadletters");
  expect(deadLetters).not.toEqual([]);
  for (const { id } of deadLetters)
    await app.post(`/api/deadletters/${id}/drop`, { as: "Alice", reason: `the token: ${PLANTED.dropped} is gone` });
}

/** Everything that Muster kept, showed or sent. */
async function everything(): Promise<Readonly<Record<string, string>>> {
  const paths = [
    "/api/incidents",
    "/api/incidents/INC-1",
    "/api/incidents/INC-1/timeline",
    "/api/alerts",
    "/api/refusals",
    "/api/deadletters",
    "/metrics",
    "/",
    "/refused",
  ];
  const answers = await Promise.all(paths.map(async (path) => [path, await (await app.get(path)).text()] as const));
  return {
    ...Object.fromEntries(answers),
    database: await dumpDatabase(app.engine.connection.pool),
    log: JSON.stringify(app.log.lines),
    chat: JSON.stringify([app.chat.messages, [...app.chat.channels.values()]]),
    pager: JSON.stringify([app.paging.triggered, app.paging.notes]),
    tickets: JSON.stringify([app.tickets.opened, app.tickets.comments]),
  };
}

describe("planted secrets", () => {
  beforeEach(async () => void (app = await startApp()));

  test("appear nowhere: not in the database, the log, metrics, the chat, the pager, tickets or the API", async () => {
    await plant();
    const places = await everything();
    const found = Object.entries(places).flatMap(([place, text]) =>
      Object.entries(PLANTED).flatMap(([where, secret]) => (text.includes(secret) ? [`${where} in ${place}`] : [])),
    );
    expect(found).toEqual([]);
    expect(places["database"]).toContain("[secret]");
    expect(places["/api/incidents/INC-1/timeline"]).toContain("the token: [secret] was in the log");
  });
});

test("with maskSecrets: false everything is kept as it came", async () => {
  app = await startApp({ policy: { ...STAFFED_POLICY, maskSecrets: false } });
  await plant();
  const { database } = await everything();
  const { runLabel: _, ...stored } = PLANTED;
  for (const secret of Object.values(stored)) expect(database).toContain(secret);
});
