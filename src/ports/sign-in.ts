/** A person of another service, by their id there. */
export type SignedInPerson = {
  readonly id: string;
  readonly name: string;
  /** When they last proved it there, as far as that is said. */ readonly at: number;
};

/** Signing in with an account elsewhere, by OpenID Connect. */
export type SignIn = {
  /** What people call the account: "Slack". */
  readonly title: string;
  /** The last part of the address of our pages for it, which is set down at the service: it stays. */
  readonly name: string;
  /** Where the browser is sent. `state` comes back with it, `nonce` in the proof of who it is. */
  address(signIn: { readonly state: string; readonly nonce: string; readonly back: string }): string;
  /**
   * Who it is that came back with `code`.
   * @throws PortError "forbidden" when they may not come in or the proof is none; retryable when the service is away
   */
  redeem(code: string, signIn: { readonly nonce: string; readonly back: string }): Promise<SignedInPerson>;
};
