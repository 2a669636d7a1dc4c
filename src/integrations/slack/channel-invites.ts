import { z } from "zod";
import type { MissingPerson } from "#ports/chat.ts";
import type { RoutedPerson } from "#domain/policy/people.ts";
import { slackCode, type CallTerms, type SlackCaller } from "./client.ts";
import { isRefused } from "./errors.ts";

/** Answers that mean "is in already", or "is us". */
const THERE = new Set(["already_in_channel", "cant_invite_self"]);

const Found = z.object({ user: z.object({ id: z.string() }) });

/** Invites people, each on their own after a refusal, so that one unknown name keeps no one else out. */
export async function invitePeople(
  call: SlackCaller,
  channel: string,
  people: readonly RoutedPerson[],
  attempt: CallTerms,
): Promise<{ readonly missing: readonly MissingPerson[] }> {
  const missing: MissingPerson[] = [];
  const ids = new Map<string, string>();
  for (const person of people) {
    const id = person.chatId ?? (person.email === null ? null : await byEmail(call, person.email, attempt));
    if (id === null) missing.push({ name: person.name, reason: null });
    else ids.set(id, person.name);
  }
  if (ids.size === 0) return { missing };
  try {
    await call(
      "conversations.invite",
      { channel, users: [...ids.keys()].slice(0, 100).join(","), force: true },
      attempt,
    );
  } catch (error) {
    if (!isRefused(error)) throw error;
    for (const [id, name] of ids) {
      const reason = await inviteOne(call, channel, id, attempt);
      if (reason !== null) missing.push({ name, reason });
    }
  }
  return { missing };
}

/** null: they are in; else why Slack does not let them in. */
async function inviteOne(call: SlackCaller, channel: string, user: string, attempt: CallTerms): Promise<string | null> {
  try {
    await call("conversations.invite", { channel, users: user }, attempt);
    return null;
  } catch (error) {
    if (!isRefused(error)) throw error;
    const code = slackCode(error) ?? "a refusal without a reason";
    return THERE.has(code) ? null : code;
  }
}

async function byEmail(call: SlackCaller, email: string, attempt: CallTerms): Promise<string | null> {
  try {
    return (await call("users.lookupByEmail", { email }, attempt, Found)).user.id;
  } catch (error) {
    if (!isRefused(error)) throw error;
    return null;
  }
}
