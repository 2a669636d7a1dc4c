import { createHash, randomUUID } from "node:crypto";
import { exportJWK, generateKeyPair, SignJWT, UnsecuredJWT, type JWK } from "jose";
import { REALM_CLIENT, type RealmPerson } from "./realm-person.ts";

/** The ID tokens of a realm: signed by the key of today, or wrong in the way that a person's `fault` names. */
export type IdTokens = {
  jwks(): { readonly keys: readonly JWK[] };
  rotate(): Promise<void>;
  sign(
    issuer: string,
    person: RealmPerson,
    agreed: { readonly nonce: string; readonly authTime: number },
  ): Promise<string>;
};

type SigningKey = {
  readonly kid: string;
  readonly jwk: JWK;
  readonly privateKey: Awaited<ReturnType<typeof generateKeyPair>>["privateKey"];
};

async function newKey(): Promise<SigningKey> {
  const { publicKey, privateKey } = await generateKeyPair("RS256");
  const kid = randomUUID();
  return { kid, jwk: { ...(await exportJWK(publicKey)), kid, alg: "RS256", use: "sig" }, privateKey };
}

/** Faults with which a token is signed by a key that the realm does not list. */
const STRANGERS: readonly NonNullable<RealmPerson["fault"]>[] = [
  "unknown-key",
  "brings-its-own-key",
  "names-its-own-keys",
];

function audienceOf(fault: RealmPerson["fault"]): string | string[] {
  if (fault === "audience") return "grafana";
  return fault === "for-another-party" ? [REALM_CLIENT.id, "grafana"] : REALM_CLIENT.id;
}

export async function createIdTokens(clock: () => number): Promise<IdTokens> {
  let current = await newKey();
  const stranger = await newKey();
  return {
    jwks: () => ({ keys: [current.jwk] }),
    async rotate() {
      current = await newKey();
    },
    async sign(issuer, person, { nonce, authTime }) {
      const { fault } = person;
      const now = Math.floor(clock() / 1_000);
      const claims = {
        exp: fault === "expired" ? now - 3_600 : now + 300,
        iat: fault === "expired" ? now - 7_200 : now,
        ...(fault === "no-auth-time" ? {} : { auth_time: Math.floor(authTime / 1_000) }),
        jti: randomUUID(),
        iss: fault === "issuer" ? "https://evil.example/realms/ops" : issuer,
        aud: audienceOf(fault),
        sub: person.sub,
        typ: "ID",
        azp: fault === "audience" || fault === "for-another-party" ? "grafana" : REALM_CLIENT.id,
        ...(fault === "no-nonce" ? {} : { nonce: fault === "nonce" ? "another" : nonce }),
        ...(fault === "of-the-future" ? { nbf: now + 3_600 } : {}),
        sid: randomUUID(),
        acr: "1",
        groups: person.groups ?? [],
        name: person.name,
        preferred_username: person.name.toLowerCase(),
        ...(person.email === undefined ? {} : { email: person.email, email_verified: person.emailVerified ?? true }),
      };
      if (fault === "unsigned") return new UnsecuredJWT(claims).encode();
      if (fault === "symmetric")
        return new SignJWT(claims)
          .setProtectedHeader({ alg: "HS256", kid: current.kid })
          .sign(createHash("sha256").update(REALM_CLIENT.secret).digest());
      return new SignJWT(claims)
        .setProtectedHeader({
          ...{ alg: "RS256", typ: "JWT", kid: current.kid },
          ...(fault === "brings-its-own-key" ? { jwk: stranger.jwk } : {}),
          ...(fault === "names-its-own-keys" ? { kid: stranger.kid, jku: `${issuer}/strangers` } : {}),
        })
        .sign(fault !== undefined && STRANGERS.includes(fault) ? stranger.privateKey : current.privateKey);
    },
  };
}
