import { expect, test } from "vitest";
import { BadConfig, readConfig } from "#config/app-config.ts";

const OIDC = { OIDC_ISSUER: "https://id.example/realms/ops", OIDC_CLIENT_ID: "m", OIDC_CLIENT_SECRET: "s" };
const KEY = "k".repeat(32);

function settingProblems(env: Readonly<Record<string, string>>): readonly string[] {
  try {
    readConfig(env);
    return [];
  } catch (error) {
    if (error instanceof BadConfig) return error.problems;
    throw error;
  }
}

test.each([
  [{ ...OIDC, OIDC_CLIENT_SECRET: "" }, /^OIDC_CLIENT_SECRET: .* must be set together/],
  [{ ...OIDC, OIDC_ISSUER: "http://id.example" }, /^OIDC_ISSUER: expected https:/],
  [{ ...OIDC, OIDC_ISSUER: "id.example" }, /^OIDC_ISSUER: expected a URL/],
  [{ ...OIDC, OIDC_SCOPES: "email" }, /^OIDC_SCOPES: must contain openid/],
  [{ MUSTER_SESSION_KEY: "too short" }, /^MUSTER_SESSION_KEY: expected 32 characters or more/],
])("%o is reported with the fix", (env, says) => {
  expect(settingProblems(env)).toEqual([expect.stringMatching(says)]);
});

test("the settings of a provider are read with their defaults, and a provider on this machine may speak http", () => {
  expect(
    readConfig({ ...OIDC, OIDC_ISSUER: "http://127.0.0.1:8080/realms/ops", MUSTER_SESSION_KEY: KEY }).oidc,
  ).toEqual({
    issuer: "http://127.0.0.1:8080/realms/ops",
    clientId: "m",
    clientSecret: "s",
    title: "single sign-on",
    scopes: "openid profile email",
    groupsClaim: "groups",
    sessionKey: KEY,
  });
});

test("the start warns what a missing session key costs, and output shows neither key nor secret", () => {
  const missing = (env: Readonly<Record<string, string>>): string => readConfig(env).missing.join("\n");
  expect(missing(OIDC)).toContain("Set MUSTER_SESSION_KEY");
  expect(missing({ ...OIDC, MUSTER_SESSION_KEY: KEY })).not.toContain("MUSTER_SESSION_KEY");
  expect(missing({})).not.toContain("MUSTER_SESSION_KEY");
  const { secrets } = readConfig({ ...OIDC, OIDC_CLIENT_SECRET: "client-secret", MUSTER_SESSION_KEY: KEY });
  expect(secrets).toEqual(expect.arrayContaining(["client-secret", KEY]));
});
