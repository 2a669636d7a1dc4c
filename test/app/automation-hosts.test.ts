import { writeFileSync } from "node:fs";
import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { stringify } from "yaml";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readConfig } from "#config/app-config.ts";
import { readPolicy } from "#config/policy-file.ts";
import { NOW } from "#test/support/builders/instants.ts";
import { removeDirectory, temporaryDirectory } from "#test/support/harness/servers/temporary-directory.ts";
import { FakeLog } from "#test/support/doubles/ports/fake-services.ts";
import { createAutomationRuntime } from "#app/automation-runtime.ts";

let shown: IncomingHttpHeaders = {};
let server: Server;
let host: string;
let directory: string;
beforeAll(async () => {
  server = createServer(({ headers }, response) => {
    shown = headers;
    response.end(String(headers["fastly-key"] ?? "here"));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
  host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  directory = temporaryDirectory("hosts");
});
afterAll(async () => {
  await new Promise((resolve) => server.close(resolve));
  removeDirectory(directory);
});

async function hostsAsked(
  hosts: readonly unknown[],
  env: Readonly<Record<string, string>> = {},
  headers: Readonly<Record<string, string>> = {},
): Promise<unknown> {
  const file = join(directory, "muster.yaml");
  writeFileSync(file, stringify({ automation: { hosts } }));
  const config = readConfig({ MUSTER_CONFIG: file, MUSTER_RUNBOOKS: directory, ...env });
  const { ports } = createAutomationRuntime(
    config,
    () => config.policy,
    () => NOW,
    new FakeLog(),
  );
  return ports.http!.send({ method: "GET", url: `http://${host}/`, headers, key: "run/step" });
}

test("refuses a private address unless the policy lists it as private", async () => {
  expect(await hostsAsked([host])).toMatchObject({ ok: false, refusal: "private-address" });
  expect(await hostsAsked([{ host }])).toMatchObject({ ok: false, refusal: "private-address" });
  expect(await hostsAsked([{ host, private: true }])).toMatchObject({ ok: true, status: 200, body: "here" });
  expect(await hostsAsked(["other.example.com", { host: "other.example.com:8443", private: true }])).toMatchObject({
    ok: false,
    refusal: "not-allowed",
  });
});

test("rejects a host with a protocol or an unknown word", async () => {
  await expect(hostsAsked([{ host: "https://a.example.com", private: true }])).rejects.toThrow("without https://");
  await expect(hostsAsked([{ host: "a.example.com", privat: true }])).rejects.toThrow("automation.hosts.0");
});

test.each([
  ["a bearer token", { env: "SHOP" }, "authorization", "Bearer s3cret-of-shop"],
  ["a header of its own", { header: "Fastly-Key", env: "SHOP" }, "fastly-key", "s3cret-of-shop"],
  ["a word before it", { scheme: "api-key", env: "SHOP" }, "authorization", "api-key s3cret-of-shop"],
  ["a password", { user: "guest", env: "SHOP" }, "authorization", `Basic ${btoa("guest:s3cret-of-shop")}`],
])("shows a host %s that the policy names, whatever the runbook writes", async (_, auth, header, value) => {
  const own = { [header.toUpperCase()]: "of the runbook" };
  expect(await hostsAsked([{ host, private: true, auth }], { SHOP: "s3cret-of-shop" }, own)).toMatchObject({
    ok: true,
  });
  expect(shown[header]).toBe(value);
  writeFileSync(join(directory, "shop"), "s3cret-of-shop\n");
  await hostsAsked([{ host, private: true, auth }], { SHOP_FILE: join(directory, "shop") }, own);
  expect(shown[header]).toBe(value);
});

test("asks nothing of a host without its secret", async () => {
  shown = {};
  expect(await hostsAsked([{ host, private: true, auth: { env: "SHOP" } }])).toEqual({
    ok: false,
    refusal: "no-secret",
    says: `${host} wants a secret: set SHOP`,
  });
  expect(shown).toEqual({});
});

test("shows no other host a secret, and masks it in what the host answers", async () => {
  const hosts = [
    { host, private: true },
    { host: "other.example.com", auth: { header: "Fastly-Key", env: "SHOP" } },
  ];
  await hostsAsked(hosts, { SHOP: "s3cret-of-shop" });
  expect(JSON.stringify(shown)).not.toContain("s3cret");
  const file = join(directory, "muster.yaml");
  expect(readConfig({ MUSTER_CONFIG: file, SHOP: "s3cret-of-shop" }).secrets).toContain("s3cret-of-shop");
});

test.each([
  [
    "SLACK_BOT_TOKEN",
    { hosts: [{ host: "a.example.com", auth: { env: "SLACK_BOT_TOKEN" } }] },
    "automation.hosts.0.auth.env",
  ],
  [
    "MUSTER_API_TOKENS_FILE",
    { hosts: [{ host: "a.example.com", auth: { env: "MUSTER_API_TOKENS_FILE" } }] },
    "automation.hosts.0",
  ],
  ["DATABASE_URL", { datasources: { orders: { urlEnv: "DATABASE_URL" } } }, "automation.datasources.orders.urlEnv"],
])("refuses %s as a secret that runbooks act with", (name, automation, place) => {
  const { policy, problems } = readPolicy(stringify({ automation }), "muster.yaml");
  expect(policy).toBeNull();
  expect(problems).toHaveLength(1);
  expect(problems[0]!.path).toContain(place);
  expect(problems[0]!.message).toContain(`${name} is a setting of Muster itself`);
  expect(problems[0]!.line).toBeGreaterThan(1);
});
