import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readConfig } from "#config/app-config.ts";
import { environmentWith } from "#config/environment.ts";
import { TRACKER_LIST } from "#config/vendor-lists.ts";
import { configProblems as problems } from "#test/support/builders/config-problems.ts";
import { temporaryDirectory } from "#test/support/harness/servers/temporary-directory.ts";

const folder = temporaryDirectory("secrets");

function secretFile(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

/** A good value of each setting that is checked by more than being text. */
const GOOD: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  SLACK_BOT_TOKEN: { SLACK_BOT_TOKEN: "xoxb-planted", SLACK_SIGNING_SECRET: "s" },
  SLACK_SIGNING_SECRET: { SLACK_BOT_TOKEN: "xoxb-planted", SLACK_SIGNING_SECRET: "planted" },
  SLACK_APP_TOKEN: { SLACK_BOT_TOKEN: "xoxb-planted", SLACK_APP_TOKEN: "xapp-planted" },
  SLACK_CLIENT_SECRET: { SLACK_CLIENT_ID: "1.2", SLACK_CLIENT_SECRET: "planted", SLACK_TEAM_ID: "T0123ABCD" },
  PAGERDUTY_API_TOKEN: { PAGERDUTY_ROUTING_KEY: "k", PAGERDUTY_API_TOKEN: "planted", PAGERDUTY_FROM: "m@example.com" },
  PAGERDUTY_WEBHOOK_SECRETS: { PAGERDUTY_ROUTING_KEY: "k", PAGERDUTY_WEBHOOK_SECRETS: "planted" },
  JIRA_TOKEN: { JIRA_URL: "https://j", JIRA_EMAIL: "m@example.com", JIRA_TOKEN: "planted" },
  DATABASE_URL: { DATABASE_URL: "postgres://u:planted@db/muster" },
  REDIS_URL: { DATABASE_URL: "postgres://db/muster", REDIS_URL: "redis://u:planted@cache" },
  PROMETHEUS_URL: { PROMETHEUS_URL: "https://u:planted@prometheus" },
  OIDC_CLIENT_SECRET: { OIDC_ISSUER: "https://id", OIDC_CLIENT_ID: "muster", OIDC_CLIENT_SECRET: "planted" },
  MUSTER_SESSION_KEY: { MUSTER_SESSION_KEY: "planted-planted-planted-planted-planted" },
  ALERTMANAGER_URL: { ALERTMANAGER_URL: "https://u:planted@am" },
};

/** The settings that hold a secret: by their names, and addresses that may have a password in them. */
const SECRETS = Object.keys(environmentWith(TRACKER_LIST).shape).filter((name) =>
  /TOKEN|SECRET|PASSW|_KEY$|^(?:DATABASE|REDIS|PROMETHEUS|ALERTMANAGER)_URL$/.test(name),
);

describe("a setting in a file", () => {
  test("has many to be one of", () => expect(SECRETS.length).toBeGreaterThanOrEqual(15));

  test.each(SECRETS)("%s is read as it is from the environment, and no output shows it", (name) => {
    const env = GOOD[name] ?? { [name]: "planted-planted-planted" };
    const inFile = { ...env, [name]: "", [`${name}_FILE`]: secretFile(name, `${env[name]}\n`) };
    const [plain, read] = [readConfig(env), readConfig(inFile)];
    expect(JSON.stringify({ ...read, policy: null })).toBe(JSON.stringify({ ...plain, policy: null }));
    expect(read.secrets).toEqual(plain.secrets);
  });

  test("may be any, and a list may have a line for each of its values", () => {
    const tokens = secretFile("tokens", `${"a".repeat(20)}\n${"b".repeat(20)}\r\n`);
    expect(readConfig({ MUSTER_API_TOKENS_FILE: tokens, PORT_FILE: secretFile("port", "4000") })).toMatchObject({
      apiTokens: ["a".repeat(20), "b".repeat(20)],
      port: 4000,
    });
  });

  test("is one that a runbook's data source names", () => {
    const policy = secretFile("muster.yaml", "automation: { datasources: { orders: { urlEnv: ORDERS_DATABASE } } }\n");
    const env = {
      MUSTER_CONFIG: policy,
      ORDERS_DATABASE_FILE: secretFile("orders", "postgres://u:planted@db/orders\n"),
    };
    const config = readConfig(env);
    expect(config.variable("ORDERS_DATABASE")).toBe("postgres://u:planted@db/orders");
    expect(config.secrets).toContain("planted");
  });

  test("is a problem with its fix when it cannot be read, is empty, or is set twice", () => {
    expect(problems({ GITHUB_TOKEN_FILE: join(folder, "missing") })).toEqual([
      `GITHUB_TOKEN_FILE: ${join(folder, "missing")} cannot be read (ENOENT)`,
    ]);
    const empty = secretFile("empty", " \n");
    expect(problems({ GITHUB_TOKEN_FILE: empty })).toEqual([`GITHUB_TOKEN_FILE: ${empty} is empty`]);
    expect(problems({ GITHUB_TOKEN: "t", GITHUB_TOKEN_FILE: secretFile("twice", "u") })).toEqual([
      "GITHUB_TOKEN: GITHUB_TOKEN and GITHUB_TOKEN_FILE are both set; keep one of them",
    ]);
  });

  test("whose name is nearly one is named", () => {
    expect(readConfig({ GITHUB_TOKENS_FILE: "x" }).missing.join("\n")).toContain("did you mean GITHUB_TOKEN_FILE?");
    expect(readConfig({ GITHUB_TOKEN_FILE: secretFile("good", "t") }).missing.join("\n")).not.toContain("did you mean");
  });
});
