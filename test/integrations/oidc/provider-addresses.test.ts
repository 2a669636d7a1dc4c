import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createOidcSignIn } from "#integrations/oidc/oidc-sign-in.ts";
import { networkDouble, type NetworkDouble } from "#test/support/doubles/outbound-network.ts";

/** A provider that was taken over: it describes itself as `description` has it. Every connection ends at it, on loopback. */
let description: (issuer: string) => object;
const asked: string[] = [];
const server = createServer((request, response) => {
  asked.push(`${request.method} ${request.headers.host} ${request.url}`);
  if (request.url?.includes("/moved/") === true)
    return void response.writeHead(302, { location: "http://169.254.169.254/latest/meta-data/" }).end();
  if (request.url?.includes("/huge/") === true) return void response.end(`{"issuer":"${"x".repeat(3_000_000)}"}`);
  const body = request.url?.includes(".well-known") === true ? description("http://127.0.0.1/realm") : {};
  response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(body));
});
let port = 0;
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  port = (server.address() as AddressInfo).port;
});
beforeEach(() => {
  asked.length = 0;
  description = (issuer) => ({
    issuer,
    authorization_endpoint: `${issuer}/auth`,
    token_endpoint: `${issuer}/token`,
    jwks_uri: `${issuer}/keys`,
  });
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const signInAt = (issuer: string, network: NetworkDouble) =>
  createOidcSignIn(
    {
      ...{ issuer, clientId: "muster", clientSecret: "secret", title: "the provider", scopes: "openid" },
      ...{ groupsClaim: "groups", sessionKey: null },
    },
    () => 0,
    network,
  );
const REQUEST = { state: "s", nonce: "n", verifier: "v".repeat(43), back: "https://muster.example/back", fresh: false };
const redeemed = (issuer: string, network: NetworkDouble): Promise<unknown> =>
  signInAt(issuer, network)
    .redeem(new URLSearchParams({ code: "c", state: "s" }), REQUEST)
    .catch((error: unknown) => error);

const METADATA = [
  ...["169.254.169.254", "168.63.129.16", "100.100.100.200", "192.0.0.192", "0.0.0.0"],
  ...["[fd00:ec2::254]", "[fd00:ec2::23]", "[fd20:ce::254]", "[fd00:c1::a9fe:a9fe]", "[fd00:42::42]", "[fe80::1]"],
  ...["[::ffff:169.254.169.254]", "[64:ff9b::a9fe:a9fe]", "[64:ff9b:1::a9fe:a9fe]", "[2002:a9fe:a9fe::1]"],
  ...["2852039166", "0xa9fea9fe", "0251.0376.0251.0376", "169.254.43518", "169.254.169.254."],
];

describe("a provider leads no request to a cloud's metadata:", () => {
  test.each(METADATA)("%s as where codes are redeemed", async (host) => {
    description = (issuer) => ({ issuer, token_endpoint: `http://${host}/token`, jwks_uri: `http://${host}/keys` });
    const network = networkDouble(port, ["127.0.0.1"]);
    const answer = await redeemed("http://127.0.0.1/realm", network);
    expect(answer).toMatchObject({ name: "PortError", reason: "forbidden", retryable: false });
    expect((answer as Error).message).toMatch(/no host may have/);
    expect([network.dialed, asked.length]).toEqual([["127.0.0.1"], 1]);
  });

  test.each(["169.254.169.254", "fd00:ec2::254", "64:ff9b::a9fe:a9fe"])("a name that leads to %s", async (address) => {
    description = (issuer) => ({
      issuer,
      token_endpoint: "http://keys.example.com/token",
      jwks_uri: "http://keys.example.com/keys",
    });
    const network = networkDouble(port, [address]);
    await redeemed("http://127.0.0.1/realm", network);
    expect([network.asked, network.dialed]).toEqual([["keys.example.com"], ["127.0.0.1"]]);
  });

  test("a redirect of its description", async () => {
    const network = networkDouble(port, ["127.0.0.1"]);
    expect(await redeemed("http://127.0.0.1/moved", network)).toMatchObject({ name: "PortError" });
    expect([network.dialed, asked.length]).toEqual([["127.0.0.1"], 1]);
  });
});

test("a description of megabytes is not read to its end", async () => {
  const network = networkDouble(port, ["127.0.0.1"]);
  expect(await redeemed("http://127.0.0.1/huge", network)).toMatchObject({ name: "PortError", reason: "unreachable" });
});

test("a provider in the operator's own network is asked", async () => {
  description = (issuer) => ({
    issuer,
    token_endpoint: "http://sso.example.com/token",
    jwks_uri: "http://sso.example.com/keys",
  });
  const network = networkDouble(port, ["10.0.0.7"]);
  await redeemed("http://127.0.0.1/realm", network);
  expect([network.asked, network.dialed]).toEqual([["sso.example.com"], ["127.0.0.1", "10.0.0.7"]]);
});

test("a description of another issuer than the one that was set up is refused", async () => {
  description = () => ({ issuer: "http://127.0.0.1/other", token_endpoint: "http://127.0.0.1/token" });
  const network = networkDouble(port, ["127.0.0.1"]);
  expect(await redeemed("http://127.0.0.1/realm", network)).toMatchObject({ name: "PortError", reason: "forbidden" });
  expect(asked).toHaveLength(1);
});
