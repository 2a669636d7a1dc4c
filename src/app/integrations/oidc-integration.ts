import type { OidcSettings } from "#integrations/oidc/settings.ts";
import type { SignIn } from "#ports/sign-in.ts";
import type { Integration } from "./integration.ts";

/** Any OpenID Connect provider, for signing in to the dashboard. */
export const oidcIntegration: Integration = {
  name: "oidc",
  title: "OpenID Connect",
  async connect({ config: { oidc }, clock, machineClock }) {
    if (oidc === null) return {};
    return { signIn: await signInOf(oidc, () => Math.round((clock() - machineClock()) / 1_000)) };
  },
  async check({ oidc }) {
    if (oidc === null) return [];
    const what = "single sign-on";
    try {
      const signIn = await signInOf(oidc, () => 0);
      await signIn.address({ state: "s", nonce: "n", verifier: "v", back: "https://muster.invalid/", fresh: false });
      return [{ what, ok: true, says: `${oidc.title} describes itself at ${oidc.issuer}` }];
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      return [
        {
          what,
          ok: false,
          says: `${why}: nothing to sign in with is described at ${oidc.issuer}. Check OIDC_ISSUER, the address before /.well-known/openid-configuration`,
        },
      ];
    }
  },
};

async function signInOf(settings: OidcSettings, skewSeconds: () => number): Promise<SignIn> {
  return (await import("#integrations/oidc/oidc-sign-in.ts")).createOidcSignIn(settings, skewSeconds);
}
