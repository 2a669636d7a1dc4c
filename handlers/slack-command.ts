import { z } from "zod";
import type { IncidentCommand } from "#domain/command.ts";
import type { Instant } from "#domain/language.ts";
import type { Policy } from "#domain/policy.ts";
import type { Submission } from "#engine/submit.ts";

/** What a form carries from the click that opened it to its submission. */
export const FormMeta = z.object({ incident: z.number(), channel: z.string().nullable() });
export type FormMeta = z.output<typeof FormMeta>;

type Person = { readonly id: string; readonly name: string };

/** Who acted: by their name in the policy, else as Slack's payload calls them. */
export function personOf(body: { readonly user: { readonly id: string; readonly name?: string; readonly username?: string } }, policy: Policy): Person {
  const { id, name, username } = body.user;
  const [key, known] = Object.entries(policy.people).find(([, person]) => person.slack === id) ?? [];
  return { id, name: known?.name ?? key ?? name ?? username ?? id };
}

/** A person's wish in Slack as a command. `key` is what Slack repeats when it delivers the same thing again. */
export function slackCommand(wish: {
  readonly incident: number;
  readonly command: IncidentCommand;
  readonly person: Person;
  readonly key: string;
  readonly channel: string | null;
  readonly now: Instant;
}): Submission {
  const { incident, command, person, key, channel, now } = wish;
  return {
    key: `slack:${key}`,
    // People wait for an answer; alerts do not.
    urgency: 0,
    weight: 1,
    actor: { kind: "person", id: person.id, name: person.name },
    at: now,
    replyTo: channel === null ? null : { channel, user: person.id },
    evidence: null,
    body: { type: "incident", incident, command },
  };
}
