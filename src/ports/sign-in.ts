import type { SignedInAccount } from "#domain/policy/account-session.ts";

/** One sign-in of one browser. What is secret in it only that browser and we know. */
export type SignInRequest = {
  /** Comes back with the browser. */
  readonly state: string;
  /** Comes back in the proof of who it is. */
  readonly nonce: string;
  /** Shown when the code is redeemed; a service without PKCE gets along without. */
  readonly verifier: string;
  /** Where the browser comes back to. */
  readonly back: string;
  /** They are to prove who they are now, also when the service has them signed in. */
  readonly fresh: boolean;
};

/** Someone who came back with a proof. */
export type SignInResult = {
  readonly account: SignedInAccount;
  /** What `recheck` is to be asked with, unreadable to others; null: nothing. */
  readonly renewal: string | null;
  /** How long their session may live at most, in ms; absent: as long as any. */
  readonly longestMs?: number;
};

/** What a service later reports of someone who signed in. */
export type AccountCheck = Pick<SignedInAccount, "groups"> & Pick<SignInResult, "renewal">;

/** Signing in with an account elsewhere, by OpenID Connect. */
export type SignIn = {
  /** What people call the account: "Slack". */
  readonly title: string;
  /** The last part of the address of our pages for it, which is set down at the service: it stays. */
  readonly name: string;
  /** Whose subjects the ids of its accounts are; absent: they are ids of the chat. */
  readonly issuer?: string;
  /** False: the service cannot be asked for a fresh proof, so a browser that is signed in there comes back without one. */
  readonly asksAgain: boolean;
  /** Where the browser is sent. @throws PortError, retryable when the service does not answer */
  address(request: SignInRequest): Promise<string>;
  /**
   * Who it is that came back. `answer`: the parameters that the browser came back with.
   * @throws PortError "forbidden" when they may not come in or the proof is none; retryable when the service does not answer
   */
  redeem(answer: URLSearchParams, request: SignInRequest): Promise<SignInResult>;
  /**
   * Whether someone who signed in is still there: null when they are not. Absent: the service cannot be asked.
   * @throws PortError when it cannot be asked now
   */
  readonly recheck?: (account: SignedInAccount & Pick<SignInResult, "renewal">) => Promise<AccountCheck | null>;
};
