import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import { readConfig } from "#config/app-config.ts";
import type { Instant } from "#domain/values/language.ts";
import { runMuster, type RunningMuster, type StartOverrides } from "#app/main.ts";
import { NOW } from "#test/support/builders/instants.ts";
import { STAFFED_POLICY } from "#test/support/builders/policies.ts";
import { alertOf, deliveryOf, type AlertOptions, type LabelSet } from "#test/support/builders/webhooks.ts";
import { removeDirectory } from "#test/support/harness/servers/temporary-directory.ts";
import { freshDataDirectory } from "#test/support/harness/servers/embedded-database.ts";
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

/** A whole Muster in this process, on an embedded database, with a clock that a test sets. Its lanes move when they are told to. */
export type TestApp = RunningMuster & {
  readonly chat: FakeChat;
  readonly paging: FakePaging;
  readonly tickets: FakeTickets;
  readonly log: FakeLog;
  readonly policyFile: string;
  readonly time: { now: Instant };
  /** Works until nothing is due at this instant. */
  settles(): Promise<void>;
  /** An alert begins to fire, now unless `options` say since when, and all that follows at once is done. */
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
  const directory = await freshDataDirectory();
  const policyFile = join(directory, "muster.yaml");
  writeFileSync(policyFile, stringify(policy));
  const config = readConfig({
    PORT: "0",
    PUBLIC_URL: "https://muster.example",
    MUSTER_DATA_DIR: directory,
    MUSTER_CONFIG: policyFile,
    ...(slack && { SLACK_BOT_TOKEN: slack.token, SLACK_SIGNING_SECRET: SIGNING_SECRET, SLACK_API_URL: slack.apiUrl }),
    ...settings,
  });
  const [chat, paging, tickets, log, time] = [
    new FakeChat(),
    new FakePaging(),
    new FakeTickets(),
    new FakeLog(),
    { now: NOW },
  ];
  const muster = await runMuster(config, "all", log, {
    clock: () => time.now,
    random: () => 0.5,
    ...(slack === undefined && { chat }),
    // A list of integrations of one's own has the pager that the test is about.
    ...(overrides.integrations === undefined && { paging }),
    tickets,
    sweepEvery: null,
    consume: false,
    ...overrides,
  });
  const get: TestApp["get"] = (path, headers = {}) => fetch(muster.url + path, { headers, redirect: "manual" });
  const settles: TestApp["settles"] = () =>
    settleLanes({ connection: muster.engine.connection, laneWorkers: muster.workers, time });
  const post: TestApp["post"] = (path, body, headers = {}, method = "POST") =>
    fetch(muster.url + path, {
      method,
      body: typeof body === "string" ? body : JSON.stringify(body),
      headers: { "content-type": "application/json", ...headers },
      redirect: "manual",
    });
  return {
    ...muster,
    chat,
    paging,
    tickets,
    log,
    policyFile,
    time,
    settles,
    fires: async (labels, options) => {
      await post("/webhooks/alertmanager", deliveryOf([alertOf(labels, { startsAt: time.now, ...options })]));
      await settles();
    },
    post,
    get,
    json: async <T>(path: string) => (await (await get(path)).json()) as T,
    stop: async () => {
      await muster.stop();
      removeDirectory(directory);
    },
  };
}
