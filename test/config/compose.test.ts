import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { temporaryDirectory } from "#test/support/harness/servers/temporary-directory.ts";

type Service = {
  readonly environment?: Readonly<Record<string, string>>;
  readonly volumes?: readonly string[];
  readonly command?: readonly string[];
};
const { services } = parse(readFileSync("docker-compose.yml", "utf8")) as {
  services: Readonly<Record<string, Service>>;
};

const mounts = (service: string): readonly string[] =>
  (services[service]?.volumes ?? []).flatMap((volume) => /^[\w-]+:(\/run\/muster\/\w+):ro$/.exec(volume)?.[1] ?? []);

/** Runs what the service `tokens` runs; answers the token of each door. */
function generateTokens(folder: string, env: Readonly<Record<string, string>> = {}): { webhooks: string; api: string } {
  const script = services["tokens"]!.command!.join("\n").replaceAll("$$", "$").replaceAll("/run/muster", folder);
  execFileSync(process.execPath, ["-e", script], { env });
  const read = (door: string): string => readFileSync(join(folder, door, "token"), "utf8");
  return { webhooks: read("webhooks"), api: read("api") };
}

test("compose generates a token for webhooks and another for the API, once", () => {
  const folder = temporaryDirectory("compose");
  for (const door of ["webhooks", "api"]) mkdirSync(join(folder, door));
  const first = generateTokens(folder);
  expect([first.webhooks, first.api]).toEqual([
    expect.stringMatching(/^[0-9a-f]{64}$/),
    expect.stringMatching(/^[0-9a-f]{64}$/),
  ]);
  expect(first.webhooks).not.toBe(first.api);
  expect(generateTokens(folder)).toEqual(first);
  expect(generateTokens(folder, { MUSTER_API_TOKENS: "given,another" })).toEqual({ ...first, api: "given,another" });
});

test("the sender of alerts in compose sees the token of webhooks, and not the API's", () => {
  expect(mounts("muster")).toEqual(["/run/muster/webhooks", "/run/muster/api"]);
  expect(mounts("alertmanager")).toEqual(["/run/muster/webhooks"]);
  const { environment } = services["muster"]!;
  expect([environment!["MUSTER_WEBHOOK_TOKENS_FILE"], environment!["MUSTER_API_TOKENS_FILE"]]).toEqual([
    "/run/muster/webhooks/token",
    "/run/muster/api/token",
  ]);
  expect(readFileSync("deploy/alertmanager.yml", "utf8")).toContain("credentials_file: /run/muster/webhooks/token");
});
