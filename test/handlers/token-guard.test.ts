import { describe, expect, test } from "vitest";
import { createTokenGuard, type GuardedRequest } from "#handlers/token-guard.ts";

const from = (remoteAddress: string, headers: Readonly<Record<string, string>> = {}): GuardedRequest => ({
  headers,
  socket: { remoteAddress },
});
const basic = (user: string, password: string): string =>
  `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;

describe("with tokens", () => {
  const guard = createTokenGuard(["first", "second", "with:colon", "zwölf"], "MUSTER_WEBHOOK_TOKENS", "muster.example");
  const lets = (authorization?: string): boolean =>
    guard(from("203.0.113.9", authorization === undefined ? {} : { authorization })) === null;

  test.each([
    ["a token as Bearer", "Bearer first", true],
    ["the other token, while both are good", "Bearer second", true],
    ["any case of the scheme", "bearer first", true],
    ["blanks around the token", "Bearer   first  ", true],
    ["the password of Basic, whoever the user is", basic("anybody", "first"), true],
    ["a password with a colon", basic("user", "with:colon"), true],
    ["a token that is not ASCII", basic("user", "zwölf"), true],
    ["no header", undefined, false],
    ["an empty header", "", false],
    ["another token", "Bearer third", false],
    ["the beginning of a token", "Bearer firs", false],
    ["a token and more", "Bearer first ", true],
    ["a longer token", "Bearer first1", false],
    ["another case of the token", "Bearer FIRST", false],
    ["the scheme alone", "Bearer", false],
    ["the token alone", "first", false],
    ["the token as the user of Basic", basic("first", ""), false],
    ["Basic that is not base64", "Basic !!!", false],
    ["another scheme", "Digest first", false],
    ["two tokens at once", "Bearer first,second", false],
  ])("%s: %s", (_, header, allowed) => expect(lets(header)).toBe(allowed));

  test("a refusal names the setting, and not the tokens", () => {
    expect(guard(from("127.0.0.1"))).toMatch(/MUSTER_WEBHOOK_TOKENS.*Bearer/);
    expect(guard(from("127.0.0.1", { authorization: "Bearer wrong" }))).toBe(
      "this token is none of MUSTER_WEBHOOK_TOKENS",
    );
  });

  test("being on this machine is no token", () => expect(guard(from("127.0.0.1"))).not.toBeNull());
});

describe("without tokens", () => {
  const guard = createTokenGuard([], "MUSTER_API_TOKENS", "muster.example");

  test.each([
    ["IPv4 loopback", "127.0.0.1", {}, true],
    ["all of 127/8", "127.8.9.10", {}, true],
    ["IPv6 loopback", "::1", {}, true],
    ["IPv4 in IPv6", "::ffff:127.0.0.1", {}, true],
    ["its own name", "127.0.0.1", { host: "localhost:3000" }, true],
    ["its own address", "::1", { host: "[::1]:3000" }, true],
    ["its public name", "127.0.0.1", { host: "muster.example" }, true],
    ["a page of its own", "127.0.0.1", { host: "localhost:3000", origin: "http://localhost:3000" }, true],
    ["another machine", "192.168.1.7", {}, false],
    ["another machine that says localhost", "192.168.1.7", { host: "localhost" }, false],
    ["an address that only looks like it", "128.127.0.1", {}, false],
    ["nobody knows who", "", {}, false],
    ["a proxy's client", "127.0.0.1", { "x-forwarded-for": "198.51.100.4" }, false],
    ["a proxy's client that claims to be local", "127.0.0.1", { "x-forwarded-for": "127.0.0.1" }, false],
    ["a proxy's client, new style", "127.0.0.1", { forwarded: "for=198.51.100.4" }, false],
    ["a proxy's client, nginx style", "127.0.0.1", { "x-real-ip": "198.51.100.4" }, false],
    [
      "a stranger's page in the browser",
      "127.0.0.1",
      { host: "localhost:3000", origin: "https://evil.example" },
      false,
    ],
    ["a page from nowhere", "127.0.0.1", { host: "localhost:3000", origin: "null" }, false],
    ["a name that was rebound to this machine", "127.0.0.1", { host: "evil.example:3000" }, false],
    ["a name that begins like it", "127.0.0.1", { host: "localhost.evil.example" }, false],
    ["a name that ends like it", "127.0.0.1", { host: "evil-localhost" }, false],
  ])("%s (%s %o): %s", (_, address, headers, allowed) => expect(guard(from(address, headers)) === null).toBe(allowed));

  test("a refusal explains what to do", () => expect(guard(from("192.168.1.7"))).toContain("set MUSTER_API_TOKENS"));
});
