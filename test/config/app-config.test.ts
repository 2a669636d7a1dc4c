import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readConfig } from "#config/app-config.ts";
import { configProblems as problems } from "#test/support/builders/config-problems.ts";
import { temporaryDirectory } from "#test/support/harness/servers/temporary-directory.ts";

const WEBHOOK = "x".repeat(32);

describe("without any setting", () => {
  test("enables automation by default, reports it at the start when off, and refuses other values", () => {
    expect(readConfig({ MUSTER_AUTOMATION: "off" })).toMatchObject({ automation: false });
    expect(readConfig({ MUSTER_AUTOMATION: "off" }).missing.join()).toContain(
      "Automation is off: MUSTER_AUTOMATION=off",
    );
    expect(() => readConfig({ MUSTER_AUTOMATION: "false" })).toThrow("MUSTER_AUTOMATION: expected on or off");
  });

  test("everything has its documented default", () => {
    const { policy, missing, log, variable, trackers, policyVendors, ...config } = readConfig({});
    expect(trackers.map(({ tracker, access }) => [tracker.target, access])).toEqual([
      ["github", null],
      ["jira", null],
    ]);
    expect(policyVendors.trackers).toEqual(trackers.map(({ tracker }) => tracker));
    expect(variable("ORDERS_URL")).toBeNull();
    expect(config).toEqual({
      secrets: [],
      port: 3000,
      host: "127.0.0.1",
      publicUrl: "http://localhost:3000",
      policyFile: "muster.yaml",
      policyText: "",
      signIn: null,
      oidc: null,
      runbooks: "runbooks",
      automation: true,
      dataDir: ".muster",
      databaseUrl: null,
      redis: null,
      webhookTokens: [],
      apiTokens: [],
      exposed: false,
      trustedProxies: [],
      metrics: { tokens: [], port: null },
      slack: null,
      pagerduty: null,
      github: null,
      alertmanagers: [],
      prometheusUrl: null,
      loki: null,
      kubeconfig: null,
    });
    expect(log.level).toBe("info");
    expect(policy.channels.incidents).toBe("incidents");
    expect(missing.length).toBeGreaterThan(0);
  });

  test("lists each integration that is not set up, with its setting", () => {
    const { missing } = readConfig({});
    for (const name of ["DATABASE_URL", "MUSTER_WEBHOOK_TOKENS", "MUSTER_API_TOKENS", "PROMETHEUS_URL", "KUBECONFIG"])
      expect(missing.filter((line) => line.includes(name))).toHaveLength(1);
    for (const line of missing) expect(line).not.toContain("\n");
  });

  test("treats an empty variable as not set", () => {
    const empty = Object.fromEntries(
      [
        "PORT",
        "HOST",
        "PUBLIC_URL",
        "MUSTER_CONFIG",
        "MUSTER_DATA_DIR",
        "DATABASE_URL",
        "REDIS_URL",
        "REDIS_SENTINELS",
        "MUSTER_WEBHOOK_TOKENS",
        "SLACK_BOT_TOKEN",
        "SLACK_SIGNING_SECRET",
        "SLACK_API_URL",
        "LOG_LEVEL",
        "LOG_FORMAT",
      ].map((name) => [name, ""]),
    );
    // Compared as text: the policy holds compiled matchers, and no two functions are equal.
    expect(JSON.stringify(readConfig(empty))).toBe(JSON.stringify(readConfig({})));
  });

  test("the settings cannot be changed afterwards", () => expect(Object.isFrozen(readConfig({}))).toBe(true));
});

describe("ALERTMANAGER_URL", () => {
  test.each([
    ["one address", "http://am:9093/", [{ url: "http://am:9093", externalUrls: [] }]],
    [
      "several, one with where it delivers from",
      "http://am-a:9093=https://alerts-a.example.com/, https://am-b/alertmanager",
      [
        { url: "http://am-a:9093", externalUrls: ["https://alerts-a.example.com"] },
        { url: "https://am-b/alertmanager", externalUrls: [] },
      ],
    ],
    ["the same twice is one", "http://am:9093,http://am:9093/", [{ url: "http://am:9093", externalUrls: [] }]],
    ["nothing", "", []],
  ])("may be %s", (_, text, alertmanagers) => {
    expect(readConfig({ ALERTMANAGER_URL: text }).alertmanagers).toEqual(alertmanagers);
  });

  test.each(["am:9093", "http://am:9093,ftp://am", "http://am:9093=am-a", "http://am:9093=http://"])(
    "is refused as %s, with what to write",
    (text) => {
      expect(() => readConfig({ ALERTMANAGER_URL: text })).toThrow(/ALERTMANAGER_URL.*expected a URL that starts with/);
    },
  );
});

describe("with settings", () => {
  test("is taken", () => {
    const config = readConfig({
      PORT: "0",
      HOST: "::1",
      PUBLIC_URL: "https://muster.example/base/",
      MUSTER_DATA_DIR: "/data",
      DATABASE_URL: "postgresql://u:p@db/muster",
      REDIS_URL: "rediss://cache:6380/2",
      REDIS_SENTINELS: "s1:26379, s2:26379,",
      REDIS_SENTINEL_NAME: "main",
      MUSTER_WEBHOOK_TOKENS: ` ${WEBHOOK} ,b${WEBHOOK},,`,
      MUSTER_API_TOKENS: `c${WEBHOOK}`,
      MUSTER_TRUSTED_PROXIES: "10.0.0.0/8, ::1",
      MUSTER_METRICS_PORT: "9464",
      SLACK_BOT_TOKEN: "xoxb-1",
      SLACK_SIGNING_SECRET: "s",
      SLACK_API_URL: "http://127.0.0.1:4003/api/",
      PROMETHEUS_URL: "https://muster:secret@prometheus.example.com/base/",
      KUBECONFIG: "in-cluster",
      LOG_LEVEL: "debug",
      LOG_FORMAT: "json",
    });
    expect(config).toMatchObject({
      port: 0,
      host: "::1",
      publicUrl: "https://muster.example/base",
      dataDir: "/data",
      databaseUrl: "postgresql://u:p@db/muster",
      redis: {
        url: "rediss://cache:6380/2",
        sentinels: [
          { host: "s1", port: 26379 },
          { host: "s2", port: 26379 },
        ],
        sentinelName: "main",
      },
      webhookTokens: [WEBHOOK, `b${WEBHOOK}`],
      apiTokens: [`c${WEBHOOK}`],
      exposed: true,
      trustedProxies: ["10.0.0.0/8", "::1"],
      metrics: { tokens: [], port: 9464 },
      slack: { botToken: "xoxb-1", signingSecret: "s", apiUrl: "http://127.0.0.1:4003/api/" },
      alertmanagers: [],
      prometheusUrl: "https://muster:secret@prometheus.example.com/base",
      kubeconfig: "in-cluster",
      log: { level: "debug", format: "json" },
    });
    expect(config.missing.join()).not.toMatch(
      /Set (?:DATABASE_URL|MUSTER_WEBHOOK_TOKENS|MUSTER_API_TOKENS|PROMETHEUS_URL|KUBECONFIG)/,
    );
  });
});

describe("trackers", () => {
  const tickets = (env: Readonly<Record<string, string>>) => {
    const { github, trackers, missing } = readConfig(env);
    const places = trackers.flatMap(({ tracker, access }) =>
      access === null ? [] : [[tracker.target, access.defaultPlace]],
    );
    return { github, places, missing: missing.filter((line) => /ticket/i.test(line)) };
  };

  test("are two, and each needs all that it needs", () => {
    expect(tickets({ GITHUB_TOKEN: "t", GITHUB_REPO: "octo-org/shop" })).toEqual({
      github: { token: "t", repo: "octo-org/shop", apiUrl: null },
      places: [["github", "octo-org/shop"]],
      missing: [],
    });
    expect(
      tickets({ JIRA_URL: "https://j", JIRA_EMAIL: "m@example.com", JIRA_TOKEN: "t", JIRA_PROJECT: "OPS" }),
    ).toEqual({
      github: null,
      places: [["jira", "OPS"]],
      missing: [],
    });
    expect(tickets({}).missing).toEqual([expect.stringMatching(/GITHUB_TOKEN.*JIRA_URL/)]);
  });

  test("names a team whose tickets have no place, and the setting, at the start", () => {
    const file = join(temporaryDirectory("config"), "muster.yaml");
    writeFileSync(file, "teams: { orders: { tickets: { target: jira } }, search: {} }\n");
    expect(tickets({ GITHUB_TOKEN: "t", GITHUB_REPO: "octo-org/shop", MUSTER_CONFIG: file }).missing).toEqual([
      "The tickets of the team orders have no place: JIRA_URL, JIRA_EMAIL and JIRA_TOKEN are not set, and teams.orders.tickets.target is jira.",
    ]);
  });
});

describe("suspicious settings", () => {
  const missing = (env: Readonly<Record<string, string>>): string => readConfig(env).missing.join("\n");

  test("a name that is nearly ours, and no other", () => {
    expect(missing({ MUSTER_WEBHOOK_TOKEN: "x" })).toContain(
      "MUSTER_WEBHOOK_TOKEN is no setting of Muster's: did you mean MUSTER_WEBHOOK_TOKENS?",
    );
    expect(
      missing({ MUSTER_URL: "x", GITHUB_REPOSITORY: "x", GITHUB_REF: "x", MUSTER_WEBHOOK_TOKEN: "", PATH: "x" }),
    ).not.toContain("no setting");
  });

  test("warn about a policy in which no one is on call, unless PagerDuty pages", () => {
    expect(missing({})).toContain("Nobody is on call, so nobody is paged.");
    expect(missing({ PAGERDUTY_ROUTING_KEY: "k" })).not.toContain("Nobody is on call");
  });
});

describe("wrong settings", () => {
  test.each([
    ["PORT", "no"],
    ["PORT", "65536"],
    ["PORT", "-1"],
    ["PORT", "80.5"],
    ["PUBLIC_URL", "muster.example"],
    ["PUBLIC_URL", "ftp://muster.example"],
    ["DATABASE_URL", "mysql://db"],
    ["REDIS_URL", "http://cache"],
    ["LOG_LEVEL", "loud"],
    ["LOG_FORMAT", "xml"],
    ["SLACK_API_URL", "slack"],
    ["PROMETHEUS_URL", "prometheus:9090"],
    ["LOKI_URL", "loki:3100"],
    ["LOKI_TENANT", "a b"],
  ])("%s=%s is named", (name, value) =>
    expect(problems({ [name]: value }).filter((line) => line.startsWith(`${name}: `))).toHaveLength(1),
  );

  test.each([
    [{ PORT: "3000", MUSTER_METRICS_PORT: "3000" }, /^MUSTER_METRICS_PORT: must be another port than PORT/],
    [{ REDIS_URL: "redis://cache" }, /^DATABASE_URL: must be set with REDIS_URL/],
    [{ SLACK_BOT_TOKEN: "xoxb-1" }, /^SLACK_SIGNING_SECRET: must be set with SLACK_BOT_TOKEN/],
    [{ SLACK_CLIENT_ID: "1.2", SLACK_CLIENT_SECRET: "s" }, /^SLACK_TEAM_ID: .* must be set together/],
    [{ SLACK_SIGNING_SECRET: "s" }, /^SLACK_BOT_TOKEN: must be set with SLACK_SIGNING_SECRET/],
    [
      { SLACK_BOT_TOKEN: "xoxp-1", SLACK_SIGNING_SECRET: "s" },
      /^SLACK_BOT_TOKEN: expected a bot token, which starts with xoxb-/,
    ],
    [{ GITHUB_REPO: "octo-org/shop" }, /^GITHUB_TOKEN: must be set with GITHUB_REPO/],
    [{ GITHUB_TOKEN: "t", GITHUB_REPO: "shop" }, /^GITHUB_REPO: expected owner\/name/],
    [{ JIRA_URL: "https://j", JIRA_EMAIL: "m@example.com" }, /^JIRA_TOKEN: .* must be set together/],
    [
      { JIRA_URL: "https://j", JIRA_EMAIL: "m@example.com", JIRA_TOKEN: "t", JIRA_PROJECT: "ops" },
      /^JIRA_PROJECT: expected a project key/,
    ],
    [
      { DATABASE_URL: "postgres://db", REDIS_URL: "redis://c", REDIS_SENTINELS: "s1" },
      /^REDIS_SENTINELS: "s1" is no host:port/,
    ],
    [{ KUBECONFIG: "/nowhere/config" }, /^KUBECONFIG: there is no file \/nowhere\/config; .*in-cluster/],
    [{ MUSTER_CONFIG: "/nowhere/muster.yaml" }, /^\/nowhere\/muster\.yaml: no such file/],
  ])("%o is reported with the fix", (env, says) => {
    const found = problems(env as Record<string, string>);
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(says);
  });

  test("are reported together: settings, contradictions among valid ones, and the policy file", () => {
    const file = join(temporaryDirectory("config"), "muster.yaml");
    writeFileSync(file, "defaultTeam: nobody\nunknownSeverity: P7\n");
    const found = problems({ PORT: "x", LOG_LEVEL: "loud", DATABASE_URL: "mysql://db", MUSTER_CONFIG: file });
    for (const wanted of [/^PORT: /, /^LOG_LEVEL: /, /^DATABASE_URL: /, /muster\.yaml:2: unknownSeverity: /])
      expect(found.filter((line) => wanted.test(line))).toHaveLength(1);
    expect(
      problems({ REDIS_URL: "redis://c", SLACK_BOT_TOKEN: "xoxp-1", MUSTER_CONFIG: file }).length,
    ).toBeGreaterThanOrEqual(4);
  });

  test("are one readable message", () => {
    expect(() => readConfig({ PORT: "x", LOG_LEVEL: "loud" })).toThrow(
      /^Muster cannot start:\n {2}• PORT: .*\n {2}• LOG_LEVEL: /,
    );
  });
});
