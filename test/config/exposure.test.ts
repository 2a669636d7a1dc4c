import { describe, expect, test } from "vitest";
import { readConfig } from "#config/app-config.ts";
import { configProblems as problems } from "#test/support/builders/config-problems.ts";

describe("whether others reach Muster", () => {
  test.each([
    [{}, false],
    [{ PUBLIC_URL: "http://localhost:3000" }, false],
    [{ PUBLIC_URL: "http://127.0.0.2:3000" }, false],
    [{ PUBLIC_URL: "http://[::1]:3000" }, false],
    [{ PUBLIC_URL: "http://muster.localhost" }, false],
    [{ PUBLIC_URL: "https://muster.example.com" }, true],
    [{ PUBLIC_URL: "https://localhost.example.com" }, true],
    [{ PUBLIC_URL: "http://10.0.0.7:3000" }, true],
    [{ PUBLIC_URL: "http://[fd00::1]" }, true],
    [{ HOST: "0.0.0.0" }, false],
  ])("%o: %s", (env, exposed) => expect(readConfig(env as Record<string, string>).exposed).toBe(exposed));
});

describe("a token that can be guessed", () => {
  const short = { MUSTER_API_TOKENS: `${"x".repeat(16)},short` };

  test.each([
    ["PUBLIC_URL", { PUBLIC_URL: "https://muster.example.com" }],
    ["HOST", { HOST: "0.0.0.0" }],
  ])("is refused where %s opens Muster to other machines", (_, env) => {
    expect(problems({ ...short, ...(env as Record<string, string>) })).toEqual([
      expect.stringMatching(/^MUSTER_API_TOKENS: a token with fewer than 16 characters can be guessed.*openssl rand/),
    ]);
  });

  test.each(["MUSTER_API_TOKENS", "MUSTER_WEBHOOK_TOKENS", "MUSTER_METRICS_TOKENS"])("is one of %s", (name) => {
    const here = { PUBLIC_URL: "https://muster.example.com" };
    expect(problems({ ...here, [name]: "fifteen-letters" })).toHaveLength(1);
    expect(problems({ ...here, [name]: "sixteen--letters" })).toEqual([]);
    expect(problems({ ...here, [name]: "none" })).toEqual([]);
  });

  test("is only warned of on this machine", () => {
    expect(problems(short)).toEqual([]);
    expect(readConfig(short).missing.join("\n")).toContain("MUSTER_API_TOKENS: a token with fewer than 16");
  });
});

test("warns at the start to whom doors are open that no setting names", () => {
  const notes = readConfig({ PUBLIC_URL: "https://muster.example.com" }).missing.join("\n");
  expect(notes).toContain("Webhooks take named tokens only");
  expect(notes).toContain("The API and the dashboard take named tokens and people who sign in");
  expect(notes).toContain("/metrics and the details of /health are open to everyone");
});

test.each(["10.0.0.0/33", "10.0.0.300", "proxy.example.com", "::1/129", "10.0.0.0/8/8", "/8"])(
  "a proxy is not called %s",
  (network) =>
    expect(problems({ MUSTER_TRUSTED_PROXIES: network })).toEqual([
      `MUSTER_TRUSTED_PROXIES: "${network}" is no address or network; write it like 10.0.0.0/8 or ::1`,
    ]),
);
