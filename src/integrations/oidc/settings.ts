import { z } from "zod";
import { settingText, settingUrl } from "#domain/values/setting-values.ts";

export const OidcEnvironment = z.object({
  OIDC_ISSUER: settingUrl("http:", "https:"),
  OIDC_CLIENT_ID: settingText,
  OIDC_CLIENT_SECRET: settingText,
  OIDC_TITLE: z.string().trim().min(1).max(40).default("single sign-on"),
  OIDC_SCOPES: z.string().trim().min(1).default("openid profile email"),
  OIDC_GROUPS_CLAIM: z.string().trim().min(1).default("groups"),
  MUSTER_SESSION_KEY: z.string().min(32, "expected 32 characters or more: openssl rand -base64 32").optional(),
});
type Values = z.output<typeof OidcEnvironment>;

/** Signing in with an OpenID Connect provider. */
export type OidcSettings = {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** What people call the account. */
  readonly title: string;
  readonly scopes: string;
  /** The claim that lists someone's groups. */
  readonly groupsClaim: string;
  /** Encrypts what the provider is asked with later; null: it is not asked, and sessions are short. */
  readonly sessionKey: string | null;
};

/** null: it is not set up. */
export function readOidcSettings(value: Values): OidcSettings | null {
  const { OIDC_ISSUER: issuer, OIDC_CLIENT_ID: clientId, OIDC_CLIENT_SECRET: clientSecret } = value;
  if (issuer === undefined || clientId === undefined || clientSecret === undefined) return null;
  return {
    ...{ issuer, clientId, clientSecret },
    title: value.OIDC_TITLE,
    scopes: value.OIDC_SCOPES,
    groupsClaim: value.OIDC_GROUPS_CLAIM,
    sessionKey: value.MUSTER_SESSION_KEY ?? null,
  };
}

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;

/** What cannot be set together, or not without each other: each with the setting to change. */
export function oidcConflicts(value: Values): readonly string[] {
  const names = ["OIDC_ISSUER", "OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET"] as const;
  const problems = names.some((name) => value[name] !== undefined)
    ? names
        .filter((name) => value[name] === undefined)
        .map((name) => `${name}: OIDC_ISSUER, OIDC_CLIENT_ID and OIDC_CLIENT_SECRET must be set together`)
    : [];
  const issuer = value.OIDC_ISSUER === undefined ? null : new URL(value.OIDC_ISSUER);
  if (issuer !== null && issuer.protocol !== "https:" && !LOOPBACK.test(issuer.hostname))
    problems.push("OIDC_ISSUER: expected https://; http:// is for a provider on this machine only");
  if (!value.OIDC_SCOPES.split(/\s+/).includes("openid")) problems.push("OIDC_SCOPES: must contain openid");
  return problems;
}
