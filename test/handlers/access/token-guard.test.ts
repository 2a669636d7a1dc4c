import { describe, expect, test } from "vitest";
import type { AttemptReport } from "#handlers/access/failed-attempts.ts";
import { aGuard, aNamedToken, aRequestFrom as from, basic, bearer } from "#test/support/builders/doors/guards.ts";

describe("with tokens", () => {
  const guard = aGuard({ tokens: ["first", "second", "with:colon", "zwölf"], setting: { limited: false } });
  const lets = async (authorization?: string): Promise<boolean> => {
    const headers = authorization === undefined ? {} : { authorization };
    return (await guard(from("203.0.113.9", headers))).ok;
  };

  test.each([
    ["a token as Bearer", "Bearer first", true],
    ["the other token, while both are good", "Bearer second", true],
    ["any case of the scheme", "bearer first", true],
    ["blanks around the token", "Bearer   first  ", true],
    ["the password of Basic, whoever the user is", basic("anybody", "first").authorization, true],
    ["a password with a colon", basic("user", "with:colon").authorization, true],
    ["a token that is not ASCII", basic("user", "zwölf").authorization, true],
    ["no header", undefined, false],
    ["an empty header", "", false],
    ["another token", "Bearer third", false],
    ["the beginning of a token", "Bearer firs", false],
    ["a token and more", "Bearer first ", true],
    ["a longer token", "Bearer first1", false],
    ["another case of the token", "Bearer FIRST", false],
    ["the scheme alone", "Bearer", false],
    ["the token alone", "first", false],
    ["the token as the user of Basic", basic("first", "").authorization, false],
    ["Basic that is not base64", "Basic !!!", false],
    ["another scheme", "Digest first", false],
    ["two tokens at once", "Bearer first,second", false],
  ])("%s: %s", async (_, header, allowed) => expect(await lets(header)).toBe(allowed));

  test("a refusal names the setting, and not the tokens", async () => {
    expect(await guard(from("127.0.0.1"))).toMatchObject({
      ok: false,
      status: 401,
      reason: expect.stringMatching(/MUSTER_API_TOKENS.*Bearer/) as string,
    });
    expect(await guard(from("127.0.0.1", bearer("wrong")))).toMatchObject({
      status: 401,
      reason: "this token is none of MUSTER_API_TOKENS, and no named token",
    });
  });

  test("being on this machine is no token", async () =>
    expect((await guard(from("127.0.0.1", { host: "localhost:3000" }))).ok).toBe(false));

  test("a token of the setting is named by its place, also when it stands there twice", async () => {
    const twice = aGuard({ tokens: ["first", "second", "second"] });
    for (const [token, name] of [
      ["first", "MUSTER_API_TOKENS 1"],
      ["second", "MUSTER_API_TOKENS 2"],
    ] as const)
      expect(await twice(from("203.0.113.9", bearer(token)))).toMatchObject({
        caller: { kind: "setting", name, scopes: ["respond", "impersonate"], user: null },
      });
  });

  test("the list `none` lets named tokens in, and no one else", async () => {
    const closed = aGuard({ tokens: ["none"], named: { mst_x: aNamedToken("ci-bot", "read") } });
    expect((await closed(from("127.0.0.1", { host: "localhost" }))).ok).toBe(false);
    expect((await closed(from("127.0.0.1", { host: "localhost", ...bearer("none") }))).ok).toBe(false);
    expect(await closed(from("127.0.0.1", bearer("mst_x")))).toMatchObject({
      caller: { kind: "named", name: "ci-bot", scopes: ["read"] },
    });
  });
});

describe("without tokens", () => {
  const localhost = { host: "localhost:3000" };
  const lets = async (address: string, headers: object, options: object = {}): Promise<boolean> =>
    (await aGuard(options)(from(address, { ...headers }))).ok;

  test.each([
    ["IPv4 loopback", "127.0.0.1", localhost, true],
    ["all of 127/8", "127.8.9.10", localhost, true],
    ["IPv6 loopback", "::1", localhost, true],
    ["IPv4 in IPv6", "::ffff:127.0.0.1", localhost, true],
    ["its own address", "::1", { host: "[::1]:3000" }, true],
    ["a page of its own", "127.0.0.1", { ...localhost, origin: "http://localhost:3000" }, true],
    ["no Host, as of old proxies", "127.0.0.1", {}, false],
    ["its public name, as a proxy keeps it", "127.0.0.1", { host: "muster.example" }, false],
    ["another machine", "192.168.1.7", {}, false],
    ["another machine that says localhost", "192.168.1.7", { host: "localhost" }, false],
    ["an address that only looks like it", "128.127.0.1", localhost, false],
    ["no address", "", localhost, false],
    ["a stranger's page in the browser", "127.0.0.1", { ...localhost, origin: "https://evil.example" }, false],
    ["a page from nowhere", "127.0.0.1", { ...localhost, origin: "null" }, false],
    ["a stranger's picture in the browser", "127.0.0.1", { ...localhost, "sec-fetch-site": "cross-site" }, false],
    ["a name that was rebound to this machine", "127.0.0.1", { host: "evil.example:3000" }, false],
    ["a name that begins like it", "127.0.0.1", { host: "localhost.evil.example" }, false],
    ["a name that ends like it", "127.0.0.1", { host: "evil-localhost" }, false],
  ])("%s (%s %o): %s", async (_, address, headers, allowed) => expect(await lets(address, headers)).toBe(allowed));

  test.each([
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-proto",
    "x-forwarded-port",
    "x-forwarded-server",
    "forwarded",
    "via",
    "x-real-ip",
    "cf-connecting-ip",
    "cf-ray",
    "true-client-ip",
    "x-client-ip",
    "x-cluster-client-ip",
    "x-envoy-external-address",
    "x-envoy-attempt-count",
    "x-amzn-trace-id",
    "x-azure-clientip",
    "fastly-client-ip",
    "fly-client-ip",
    "cdn-loop",
  ])("a proxy's client is none of this machine: %s, whatever its value", async (name) => {
    expect(await lets("127.0.0.1", { ...localhost, [name]: "127.0.0.1" })).toBe(false);
    expect(await lets("127.0.0.1", { ...localhost, [name]: "" })).toBe(false);
  });

  test("where PUBLIC_URL leads others here, a proxy's client looks like a program of this machine: no one gets in", async () =>
    expect(await lets("127.0.0.1", localhost, { exposed: true })).toBe(false));

  test("a proxy of the list is never this machine", async () =>
    expect(await lets("127.0.0.1", localhost, { proxies: ["127.0.0.0/8"] })).toBe(false));

  test("a revoked token is refused also where a program without one gets in", async () => {
    const named = { mst_old: { kind: "revoked", name: "ci-bot" } } as const;
    expect(await aGuard({ named })(from("127.0.0.1", { ...localhost, ...bearer("mst_old") }))).toMatchObject({
      status: 401,
      reason: "the token ci-bot is revoked",
    });
  });

  test("a refusal explains what to do", async () =>
    expect(await aGuard()(from("192.168.1.7"))).toMatchObject({
      reason: expect.stringContaining("set MUSTER_API_TOKENS") as string,
    }));
});

test.each([
  ["expired", { kind: "expired", name: "ci-bot" }, 401],
  ["replaced by a newer secret", { kind: "replaced", name: "ci-bot" }, 401],
  ["unknown", { kind: "unknown" }, 401],
  ["not to be judged now, which says nothing against it", { kind: "unavailable", reason: "no database" }, 503],
] as const)("a named token that is %s is refused", async (_, finding, status) => {
  const guard = aGuard({ tokens: ["x"], named: { mst_x: finding } });
  expect(await guard(from("203.0.113.9", bearer("mst_x")))).toMatchObject({ ok: false, status });
});

describe("wrong tokens", () => {
  const tries = async (guard: ReturnType<typeof aGuard>, address: string, times: number): Promise<number[]> => {
    const statuses: number[] = [];
    for (let i = 0; i < times; i++) {
      const answer = await guard(from(address, bearer(`wrong ${address} ${i}`)));
      statuses.push(answer.ok ? 200 : answer.status);
    }
    return statuses;
  };

  test("are not looked at after twenty in a minute, from that address only, until the minute has passed", async () => {
    const time = { now: 0 };
    const guard = aGuard({ tokens: ["a good one"], time });
    expect((await tries(guard, "203.0.113.9", 21)).filter((status) => status === 401)).toHaveLength(20);
    expect(await guard(from("203.0.113.9", bearer("a good one")))).toMatchObject({ status: 429, retryAfter: 60 });
    expect((await guard(from("198.51.100.4", bearer("a good one")))).ok).toBe(true);
    time.now = 60_000;
    expect((await guard(from("203.0.113.9", bearer("a good one")))).ok).toBe(true);
  });

  test("lock out no one whose token was good before, at the same address", async () => {
    const guard = aGuard({ tokens: ["a good one"] });
    expect((await guard(from("203.0.113.9", bearer("a good one")))).ok).toBe(true);
    await tries(guard, "203.0.113.9", 100);
    expect((await guard(from("203.0.113.9", bearer("a good one")))).ok).toBe(true);
  });

  test("keep no good token from a door that takes alerts", async () => {
    const guard = aGuard({ tokens: ["a good one"], setting: { limited: false } });
    expect(new Set(await tries(guard, "203.0.113.9", 100))).toEqual(new Set([401]));
    expect((await guard(from("203.0.113.9", bearer("a good one")))).ok).toBe(true);
  });

  test("of one network of IPv6 count together", async () => {
    const guard = aGuard({ tokens: ["x"] });
    for (let i = 0; i < 20; i++) await tries(guard, `2001:db8:1:2::${i.toString(16)}`, 1);
    expect(await tries(guard, "2001:DB8:1:2:ffff::1", 1)).toEqual([429]);
    expect(await tries(guard, "2001:db8:1:3::1", 1)).toEqual([401]);
  });

  test("count for the client that a proxy of the list names, and for no one whom a stranger names", async () => {
    const guard = aGuard({ tokens: ["x"], proxies: ["10.0.0.0/8"] });
    const through = async (peer: string, client: string): Promise<number> => {
      const answer = await guard(from(peer, { ...bearer("wrong"), "x-forwarded-for": client }));
      return answer.ok ? 200 : answer.status;
    };
    for (let i = 0; i < 20; i++) await through("10.1.2.3", "198.51.100.99, 203.0.113.9");
    expect(await through("10.9.9.9", "203.0.113.9")).toBe(429);
    expect(await through("10.1.2.3", "203.0.113.10")).toBe(401);
    for (let i = 0; i < 20; i++) await through("192.0.2.1", `203.0.113.${i + 20}`);
    expect(await through("192.0.2.1", "203.0.113.200")).toBe(429);
  });

  test("are reported once a minute, however many they are", async () => {
    const time = { now: 0 };
    const reports: AttemptReport[] = [];
    const guard = aGuard({ tokens: ["x"], time, reports });
    await tries(guard, "203.0.113.9", 15);
    await tries(guard, "198.51.100.4", 5);
    expect(reports).toEqual([{ times: 1, addresses: 1, address: "203.0.113.9" }]);
    time.now = 60_000;
    await tries(guard, "198.51.100.4", 1);
    expect(reports.slice(1)).toEqual([{ times: 20, addresses: 2, address: "198.51.100.4" }]);
  });

  test("from more addresses than are remembered: the last ones are still counted, the first are forgotten", async () => {
    const guard = aGuard({ tokens: ["x"] });
    await tries(guard, "203.0.113.9", 25);
    for (let i = 0; i < 10_001; i++) await guard(from(`10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`, bearer("wrong")));
    expect(await tries(guard, "192.0.2.7", 21)).toContain(429);
    // Long forgotten: ten thousand others came after it.
    expect(await tries(guard, "203.0.113.9", 1)).toEqual([401]);
  });

  test("without any token shown count for nothing: a browser's first visit is no attempt", async () => {
    const guard = aGuard({ tokens: ["x"] });
    for (let i = 0; i < 50; i++) await guard(from("203.0.113.9"));
    expect((await guard(from("203.0.113.9", bearer("x")))).ok).toBe(true);
  });
});
