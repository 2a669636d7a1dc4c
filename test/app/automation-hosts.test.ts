import { writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { stringify } from "yaml";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readConfig } from "#config/app-config.ts";
import { NOW } from "#test/support/builders/instants.ts";
import { removeDirectory, temporaryDirectory } from "#test/support/harness/servers/temporary-directory.ts";
import { FakeLog } from "#test/support/doubles/ports/fake-services.ts";
import { createAutomationRuntime } from "#app/automation-runtime.ts";

let server: Server;
let host: string;
let directory: string;
beforeAll(async () => {
  server = createServer((_, response) => void response.end("here"));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
  host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  directory = temporaryDirectory("hosts");
});
afterAll(async () => {
  await new Promise((resolve) => server.close(resolve));
  removeDirectory(directory);
});

async function hostsAsked(hosts: readonly unknown[]): Promise<unknown> {
  const file = join(directory, "muster.yaml");
  writeFileSync(file, stringify({ automation: { hosts } }));
  const config = readConfig({ MUSTER_CONFIG: file, MUSTER_RUNBOOKS: directory });
  const { ports } = createAutomationRuntime(
    config,
    () => config.policy,
    () => NOW,
    new FakeLog(),
  );
  return ports.http!.send({ method: "GET", url: `http://${host}/`, key: "run/step" });
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
