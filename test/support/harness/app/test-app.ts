import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import { readConfig } from "#config/app-config.ts";
import type { Instant } from "#domain/values/language.ts";
import { runMuster, type RunningMuster, type StartOverrides } from "#app/main.ts";
import { NOW } from "#test/support/builders/instants.ts";
import { STAFFED_POLICY } from "#test/support/builders/policies.ts";
import { alertOf, deliveryOf, type AlertOptions, type LabelSet } from "#test/support/builders/webhooks.ts";
import { removeDirectory, temporaryDirectory } from "#test/support/harness/servers/temporary-directory.ts";
import { freshDatabase } from "#test/support/harness/servers/test-database.ts";
import { FakeChat } from "#test/support/doubles/ports/fake-chat.ts";
import { settleLanes } from "#test/support/harness/engine/lanes.ts";
import { FakeLog, FakePaging, FakeTickets } from "#test/support/doubles/ports/fake-services.ts";

/** `settings` are environment variables; `policy` is what stands in muster.yaml; with `slack` the chat is the real adapter. */
export type AppOptions = {
  readonly settings?: Readonly<Record<string, string>>;
  readonly policy?: object;
  readonly overrides?: StartOverrides;
  readonly slack?: { readonly token: string; readonly apiUrl: string };
};

/** A whole Muster in this process, on a database of its own, with a clock that a test sets. Its lanes move only when a test moves them. */
export type TestApp = RunningMuster & {
  readonly chat: FakeChat;
  readonly paging: FakePaging;
  readonly tickets: FakeTickets;
  readonly log: FakeLog;
  readonly policyFile: string;
  readonly time: { now: Instant };
  /** Works until nothing is due at this instant. */
  settles(): Promise<void>;
  /** An alert begins to fire, now unless `options` have another start, and all that follows at once is done. */
  fires(labels: LabelSet, options?: Partial<AlertOptions>): Promise<void>;
  post(path: string, body: unknown, headers?: Readonly<Record<string, string>>, method?: string): Promise<Response>;
  get(path: string, headers?: Readonly<Record<string, string>>): Promise<Response>;
  json<T>(path: string): Promise<T>;
};

export const SIGNING_SECRET = "test-signing-secret";

export async function startApp({
  settings = {},
  policy = STAFFED_POLICY,
  overrides = {},
  slack,
}: AppOptions = {}): Promise<TestApp> {
  const directory = temporaryDirectory("app");
  const database = settings["DATABASE_URL"] === undefined ? await freshDatabase() : null;
  const policyFile = join(directory, "muster.yaml");
  writeFileSync(policyFile, stringify(policy));
  const read = readConfig({
    PORT: "0",
    ...(database && { DATABASE_URL: database.url }),
    MUSTER_CONFIG: policyFile,
    ...(slack && { SLACK_BOT_TOKEN: slack.token, SLACK_SIGNING_SECRET: SIGNING_SECRET, SLACK_API_URL: slack.apiUrl }),
    ...settings,
  });
  // Tests come from this machine, with tokens that are easy to read. A test about who gets in sets PUBLIC_URL itself.
  const config = settings["PUBLIC_URL"] === undefined ? { ...read, publicUrl: "https://muster.example" } : read;
  const fakes = { chat: new FakeChat(), paging: new FakePaging(), tickets: new FakeTickets(), log: new FakeLog() };
  const { log } = fakes;
  const time = { now: NOW };
  const muster = await runMuster(config, "all", log, {
    clock: () => time.now,
    random: () => 0.5,
    ...(slack === undefined && { chat: fakes.chat }),
    // A list of integrations of one's own has the pager that the test is about.
    ...(overrides.integrations === undefined && { paging: fakes.paging }),
    tickets: fakes.tickets,
    sweepEvery: null,
    consume: false,
    ...overrides,
  });
  const settles: TestApp["settles"] = () =>
    settleLanes({ connection: muster.engine.connection, laneWorkers: muster.workers, time });
  const client = clientOf(muster);
  return {
    ...muster,
    ...fakes,
    ...client,
    policyFile,
    time,
    settles,
    fires: async (labels, options) => {
      await client.post("/webhooks/alertmanager", deliveryOf([alertOf(labels, { startsAt: time.now, ...options })]));
      await settles();
    },
    stop: async () => {
      await muster.stop();
      await database?.drop();
      removeDirectory(directory);
    },
  };
}

function clientOf({ url }: RunningMuster): Pick<TestApp, "get" | "post" | "json"> {
  const get: TestApp["get"] = (path, headers = {}) => fetch(url + path, { headers, redirect: "manual" });
  return {
    get,
    post: (path, body, headers = {}, method = "POST") =>
      fetch(url + path, {
        method,
        body: typeof body === "string" ? body : JSON.stringify(body),
        headers: { "content-type": "application/json", ...headers },
        redirect: "manual",
      }),
    json: async <T>(path: string) => (await (await get(path)).json()) as T,
  };
}
