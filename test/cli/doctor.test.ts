import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ROUTING_KEY, startPagerDuty, type PagerDutyDouble } from "#demo/pagerduty-double.ts";
import { startGitHub, type GitHubDouble } from "#test/support/doubles/github/github-double.ts";
import { startJira, type JiraDouble } from "#test/support/doubles/jira/jira-double.ts";
import { startKubernetes, type KubernetesDouble } from "#test/support/doubles/kubernetes/kubernetes-double.ts";
import { SLACK_SCOPES } from "#integrations/slack/app-manifest.ts";
import { runCli, type CommandOutput } from "#test/support/harness/processes/run-cli.ts";
import { wallClock } from "#test/support/harness/test-clock.ts";
import { temporaryDirectory } from "#test/support/harness/servers/temporary-directory.ts";

const directory = temporaryDirectory("doctor");

let scopes: readonly string[] = [];
const slackServer = createServer((_, response) =>
  response
    .writeHead(200, { "content-type": "application/json", "x-oauth-scopes": scopes.join(",") })
    .end(JSON.stringify({ ok: true, user: "muster", team: "Example" })),
);
let k8s: KubernetesDouble;
let pd: PagerDutyDouble;
beforeAll(async () => void (pd = await startPagerDuty()));
afterAll(() => pd.close());
beforeAll(async () => void (k8s = await startKubernetes(wallClock())));
afterAll(() => k8s.close());
beforeAll(() => new Promise<void>((resolve) => slackServer.listen(0, "127.0.0.1", resolve)));
afterAll(() => new Promise((resolve) => slackServer.close(resolve)));

const policyFile = (text: string): string => {
  const file = join(temporaryDirectory("doctor"), "muster.yaml");
  writeFileSync(file, text);
  return file;
};

const doctor = (settings: Readonly<Record<string, string>> = {}): Promise<CommandOutput> =>
  runCli(directory, ["doctor"], {
    SLACK_BOT_TOKEN: "xoxb-test",
    SLACK_SIGNING_SECRET: "s",
    SLACK_API_URL: `http://127.0.0.1:${(slackServer.address() as AddressInfo).port}/api/`,
    ...settings,
  });

test("doctor names each missing scope, what breaks without it and the fix", async () => {
  scopes = SLACK_SCOPES.map(({ name }) => name).filter((name) => name !== "pins:write" && name !== "usergroups:read");
  const { code, out } = await doctor();
  expect(code).toBe(1);
  expect(out).toContain("Slack knows the token: muster in Example");
  expect(out).toContain("the app lacks the scope pins:write: the card is not pinned");
  expect(out).toContain("the app lacks the scope usergroups:read: permissions for user groups let no one pass");
  expect(out).toContain("muster manifest");
});

test("doctor reports nothing for an app with all scopes", async () => {
  scopes = SLACK_SCOPES.map(({ name }) => name);
  const { code, out } = await doctor();
  expect([code, out.includes("lacks")]).toEqual([0, false]);
});

describe("of trackers", () => {
  let github: GitHubDouble;
  let jira: JiraDouble;
  beforeAll(async () => {
    [github, jira] = await Promise.all([startGitHub(), startJira()]);
  });
  afterAll(() => Promise.all([github.close(), jira.close()]));
  const settings = (): Record<string, string> => ({
    GITHUB_TOKEN: github.token,
    GITHUB_REPO: github.repo,
    GITHUB_API_URL: github.url,
    JIRA_URL: jira.url,
    JIRA_EMAIL: jira.email,
    JIRA_TOKEN: jira.token,
    MUSTER_CONFIG: policyFile(
      "teams: { orders: {}, search: { tickets: { target: jira, project: OPS } }, lost: { tickets: { target: jira, project: NONE } } }",
    ),
  });

  test("doctor asks each about every place that a ticket may go to, and names the fix", async () => {
    const { code, out } = await doctor(settings());
    expect(code).toBe(1);
    expect(out).toContain("ok    tickets    GitHub knows the token, and octo-org/shop takes issues");
    expect(out).toContain("ok    tickets    Jira knows the token: Muster Bot; OPS has issues of type Task");
    expect(out).toMatch(
      /FAIL {2}tickets {4}the tickets of the team lost would fail: .*teams\.<team>\.tickets\.project/,
    );
  });

  test("doctor reports whether postmortems can be written where the policy puts them, and what prevents it", async () => {
    const wanting = (more: string): Record<string, string> => ({
      GITHUB_TOKEN: github.token,
      GITHUB_API_URL: github.url,
      MUSTER_CONFIG: policyFile(`postmortem: { github: { repo: ${github.repo}${more} } }`),
    });
    expect((await doctor(wanting(""))).out).toContain(
      "FAIL  documents  postmortems cannot be written to octo-org/shop: give the token Contents and Pull requests",
    );
    github.push = true;
    expect((await doctor(wanting(""))).out).toContain(
      "ok    documents  postmortems can be written to branches of octo-org/shop, to be proposed for main",
    );
    expect((await doctor(wanting(", base: trunk"))).out).toContain(
      "FAIL  documents  octo-org/shop has no branch trunk: check postmortem.github.base",
    );
    expect((await doctor({ ...wanting(""), GITHUB_TOKEN: "" })).out).toContain(
      "postmortem.github is set in the policy, and GITHUB_TOKEN is not",
    );
    github.push = false;
  });

  test("doctor reports what a token may not do, and which features are off", async () => {
    github.triage = false;
    expect((await doctor({ ...settings(), JIRA_TOKEN: "old" })).out).toMatch(
      /give the token's user the role triage[^]*JIRA_TOKEN is wrong, has expired/,
    );
    github.hasIssues = false;
    expect((await doctor(settings())).out).toContain("has no issues: switch them on");
  });
});

describe("doctor asks PagerDuty", () => {
  const policy = (key: string): string => policyFile(`teams:\n  orders: { pagerduty: ${key} }\n  web: {}\n`);
  const settings = (key: string): Readonly<Record<string, string>> => ({
    MUSTER_CONFIG: policy(key),
    PAGERDUTY_EVENTS_URL: pd.url,
  });

  test("checks whether PagerDuty accepts each routing key, without raising an alarm", async () => {
    const { code, out } = await doctor({ ...settings(ROUTING_KEY), PAGERDUTY_ROUTING_KEY: ROUTING_KEY });
    expect(out).toContain(
      "ok    pagerduty  PagerDuty takes events with the routing key of PAGERDUTY_ROUTING_KEY, teams.orders.pagerduty",
    );
    expect([code, pd.incidents.size, pd.violations]).toEqual([0, 0, []]);
  });

  test("names routing keys that are unknown, malformed or missing for a team", async () => {
    const { code, out } = await doctor({ ...settings("b".repeat(32)), PAGERDUTY_ROUTING_KEY: "PABC123" });
    expect(code).toBe(1);
    expect(out).toMatch(
      /^FAIL {2}pagerduty {2}PAGERDUTY_ROUTING_KEY: this is no routing key: it has 32 letters and digits/m,
    );
    expect(out).toMatch(
      /^FAIL {2}pagerduty {2}teams\.orders\.pagerduty: PagerDuty answered HTTP 400: .*\. Copy the key again/m,
    );
    expect((await doctor({ ...settings(ROUTING_KEY) })).out).toMatch(/FAIL {2}pagerduty {2}no routing key for web/);
  });

  test("names the address that cannot be reached", async () => {
    const { out } = await doctor({ PAGERDUTY_ROUTING_KEY: ROUTING_KEY, PAGERDUTY_EVENTS_URL: "http://127.0.0.1:9" });
    expect(out).toContain("PagerDuty cannot be reached at http://127.0.0.1:9/v2/enqueue. Check the network");
  });
});

test("doctor names each missing permission of the cluster, what breaks without it and where to grant it", async () => {
  k8s.denied.add("patch deployments").add("create pods/eviction");
  const { code, out } = await doctor({ KUBECONFIG: k8s.kubeconfig });
  k8s.denied.clear();
  expect(code).toBe(1);
  expect(out).toContain(
    "we may not patch deployments in default: k8s.restart and k8s.rollback fail. Grant it as in deploy/kubernetes-rbac.yaml.",
  );
  expect(out).toContain("we may not create pods/eviction in default: k8s.evict fails");
  expect(out.match(/^FAIL {2}cluster/gm)).toHaveLength(2);
  expect(k8s.violations).toEqual([]);
});

test("doctor is content with a cluster that gives all, and with a Prometheus that answers", async () => {
  const prometheus = createServer((_, response) =>
    response.end('{"status":"success","data":{"resultType":"vector","result":[]}}'),
  );
  await new Promise<void>((resolve) => prometheus.listen(0, "127.0.0.1", resolve));
  const { code, out } = await doctor({
    KUBECONFIG: k8s.kubeconfig,
    PROMETHEUS_URL: `http://127.0.0.1:${(prometheus.address() as AddressInfo).port}`,
  });
  prometheus.close();
  expect(code).toBe(0);
  expect(out).toContain("the cluster lets us do all that runbooks may");
  expect(out).toContain("Prometheus answers queries");
});

test("doctor names the address at which Slack cannot be reached, and does not blame the token", async () => {
  const { code, out } = await doctor({ SLACK_API_URL: "http://127.0.0.1:9/api/" });
  expect([code, out]).toEqual([1, expect.stringContaining("Slack cannot be reached at http://127.0.0.1:9/api/: ")]);
  expect(out).not.toContain("Check SLACK_BOT_TOKEN");
});

test("doctor reports that the folder of the embedded database cannot be created", async () => {
  const { code, out } = await doctor({ MUSTER_DATA_DIR: "/proc/muster" });
  expect([code, out]).toEqual([
    1,
    expect.stringContaining("FAIL  database   MUSTER_DATA_DIR: /proc/muster cannot be made or written"),
  ]);
});

test("doctor names the setting to check when the servers are gone", async () => {
  const missing = "http://muster:hunter22@127.0.0.1:9";
  const { code, out } = await doctor({ PROMETHEUS_URL: missing, KUBECONFIG: "in-cluster" });
  expect(code).toBe(1);
  expect(out).toContain("Prometheus cannot be reached at http://127.0.0.1:9. Check PROMETHEUS_URL.");
  expect(out).toMatch(/FAIL {2}cluster .*KUBECONFIG/);
  expect(out).not.toContain("hunter22");
});

describe("of Alertmanagers", () => {
  const ALERT = { fingerprint: "f", startsAt: "2020-01-01T00:00:00Z", status: { state: "active" } };
  const alertmanagers: ReturnType<typeof createServer>[] = [];
  afterAll(() => alertmanagers.forEach((each) => each.close()));

  async function startAlertmanager(alerts: readonly object[], peers: readonly string[]): Promise<string> {
    const answers: Readonly<Record<string, object>> = {
      "/api/v2/alerts": alerts,
      "/api/v2/status": { uptime: "2020-01-01T00:00:00Z", cluster: { peers: peers.map((name) => ({ name })) } },
    };
    const server = createServer(({ url = "" }, response) => response.end(JSON.stringify(answers[url])));
    alertmanagers.push(server);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  test("doctor asks each, and compares what peers list", async () => {
    const [full, empty, alone] = [
      await startAlertmanager([ALERT], ["1", "2"]),
      await startAlertmanager([], ["1", "2"]),
      await startAlertmanager([], []),
    ];
    const { code, out } = await doctor({ ALERTMANAGER_URL: `${full},${empty},${alone},http://127.0.0.1:9` });
    expect(code).toBe(1);
    expect(out).toContain(
      `ok    alerts     ${full} answers, in a cluster of 2, up since 2020-01-01T00:00:00.000Z: 1 alert firing`,
    );
    expect(out).toContain(`ok    alerts     ${alone} answers, without peers`);
    expect(out).toContain(
      `FAIL  alerts     ${empty} does not list 1 alert of its peers. Prometheus must send each alert to every peer`,
    );
    expect(out).toContain(
      "FAIL  alerts     Alertmanager cannot be reached at http://127.0.0.1:9. Check ALERTMANAGER_URL.",
    );
    expect(out).not.toContain(`${full} does not list`);
    expect(out).not.toContain(`${alone} does not list`);
  });
});
