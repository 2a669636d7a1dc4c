/**
 * Where a person waits for an answer that is only for them. `url`: a place for it that the chat gave out with the question
 * and keeps open for half an hour, wherever it was asked.
 */
export type ReplyTo = {
  readonly channel: string | null;
  readonly user: string;
  readonly url?: string | null;
  /** The thread of the channel in which they asked; absent: none. */
  readonly thread?: string;
};
