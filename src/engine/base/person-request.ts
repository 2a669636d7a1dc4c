import { createSubmission, type CommandSubmission, type SubmissionBody } from "#domain/commands/submission.ts";
import type { Actor, ActorVia, Instant } from "#domain/values/language.ts";

/** Where someone asked, and what distinguishes this request from every other: the chat repeats it when it delivers the same again. */
export type CommandOrigin = {
  readonly key: string;
  readonly channel: string | null;
  readonly replyUrl: string | null;
  readonly via: ActorVia;
  /** The thread in which it was asked; absent: in none. */
  readonly thread?: string;
};

/** A person's request as it is stored. People wait for an answer; alerts do not. */
export function personRequest(
  actor: Actor,
  place: CommandOrigin,
  at: Instant,
  body: SubmissionBody,
): CommandSubmission {
  return createSubmission({
    key: requestKey(place),
    urgency: 0,
    actor,
    at,
    replyTo: {
      channel: place.channel,
      user: actor.id,
      url: place.replyUrl,
      ...(place.thread === undefined ? {} : { thread: place.thread }),
    },
    body,
  });
}

/** The key under which a person's request is stored, whatever it leads to. */
export function requestKey({ key }: CommandOrigin): string {
  return `person:${key}`;
}
