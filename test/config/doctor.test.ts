import { spawn } from "node:child_process";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startKubernetes, type KubernetesDouble } from "#test/support/kubernetes.ts";
import { SCOPES } from "../../src/slack-app.ts";

let scopes: readonly string[] = [];
const slack = createServer((_, response) =>
  response
    .writeHead(200, { "content-type": "application/json", "x-oauth-scopes": scopes.join(",") })
    .end(JSON.stringify({ ok: true, user: "muster", team: "Example" })),
);
let k8s: KubernetesDouble;
beforeAll(async () => void (k8s = await startKubernetes(Date.now())));
afterAll(() => k8s.close());
beforeAll(() => new Promise<void>((resolve) => slack.listen(0, "127.0.0.1", resolve)));
afterAll(() => new Promise((resolve) => slack.close(resolve)));

const doctor = (more: Readonly<Record<string, string>> = {}): Promise<{ readonly code: number | null; readonly out: string }> =>
  new Promise((resolve, reject) => {
    const env = {
      PATH: process.env["PATH"] ?? "",
      SLACK_BOT_TOKEN: "xoxb-test",
      SLACK_SIGNING_SECRET: "s",
      SLACK_API_URL: `http://127.0.0.1:${(slack.address() as AddressInfo).port}/api/`,
      ...more,
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

test("doctor names each permission that the cluster does not give, what breaks without it, and where it is granted", async () => {
  k8s.denied.add("patch deployments").add("create pods/eviction");
  const { code, out } = await doctor({ KUBECONFIG: k8s.kubeconfig });
  k8s.denied.clear();
  expect(code).toBe(1);
  expect(out).toContain("we may not patch deployments in default: k8s.restart and k8s.rollback fail. Grant it as in deploy/kubernetes-rbac.yaml.");
  expect(out).toContain("we may not create pods/eviction in default: k8s.evict fails");
  expect(out.match(/^FAIL {2}cluster/gm)).toHaveLength(2);
  expect(k8s.violations).toEqual([]);
});

test("doctor is content with a cluster that gives all, and with a Prometheus that answers", async () => {
  const prometheus = createServer((_, response) => response.end('{"status":"success","data":{"resultType":"vector","result":[]}}'));
  await new Promise<void>((resolve) => prometheus.listen(0, "127.0.0.1", resolve));
  const { code, out } = await doctor({ KUBECONFIG: k8s.kubeconfig, PROMETHEUS_URL: `http://127.0.0.1:${(prometheus.address() as AddressInfo).port}` });
  prometheus.close();
  expect(code).toBe(0);
  expect(out).toContain("the cluster lets us do all that runbooks may");
  expect(out).toContain("Prometheus answers queries");
});

test("doctor says which setting to look at when they are gone", async () => {
  const gone = "http://muster:hunter22@127.0.0.1:9";
  const { code, out } = await doctor({ PROMETHEUS_URL: gone, KUBECONFIG: "in-cluster" });
  expect(code).toBe(1);
  expect(out).toContain("Prometheus cannot be reached at http://127.0.0.1:9. Check PROMETHEUS_URL.");
  expect(out).toMatch(/FAIL {2}cluster .*KUBECONFIG/);
  expect(out).not.toContain("hunter22");
});
