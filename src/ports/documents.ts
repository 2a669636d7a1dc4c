import type { TicketAttempt } from "./tickets.ts";

/** A file of a repository as it should be. `key` is of what it is about and stays the same for ever. */
export type DocumentProposal = {
  readonly key: string;
  /** owner/name, and the branch that it is proposed for; null: the repository's own. */
  readonly repo: string;
  readonly base: string | null;
  readonly branch: string;
  readonly path: string;
  readonly text: string;
  readonly title: string;
  /** The proposal's own description, in Markdown. */
  readonly body: string;
};

/** `key` is what people call it ("octo-org/docs#12"); `note`: what was not done, and why. */
export type ProposedDocument = { readonly key: string; readonly url: string; readonly note: string | null };

/** Where documents are kept and changed by proposals that people accept. Rejects with PortError and nothing else. */
export interface DocumentStore {
  readonly name: string;
  /**
   * One proposal that makes the file so, kept up to date however often it is asked for: what an earlier attempt left is
   * looked for and used. What people changed in the proposed file is not written over, and a proposal that they turned
   * down is not made again: the note reports it. null when the file is so already.
   */
  propose(proposal: DocumentProposal, attempt: TicketAttempt): Promise<ProposedDocument | null>;
}
