/** What is wrong with what the realm answers. */
type KeycloakFault =
  | "nonce"
  | "audience"
  | "issuer"
  | "expired"
  | "unknown-key"
  | "unsigned"
  | "symmetric"
  | "no-nonce"
  | "for-another-party"
  | "of-the-future"
  | "brings-its-own-key"
  | "names-its-own-keys"
  | "no-auth-time"
  | "other-issuer-parameter"
  | "keeps-the-login"
  | "down";

/** Someone of the realm, and what is wrong with the proof of them. `loggedInAt`: when they last typed their password there. */
export type RealmPerson = {
  readonly sub: string;
  readonly name: string;
  readonly email?: string;
  readonly emailVerified?: boolean;
  readonly groups?: readonly string[];
  readonly loggedInAt?: number;
  readonly fault?: KeycloakFault;
};

export const REALM_CLIENT = { id: "muster", secret: "s:cr+t/of the client" };
