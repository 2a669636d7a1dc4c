import type { RoutedPerson } from "#domain/route.ts";
import { PortError } from "#ports/port-error.ts";
import { slackCode, type Call } from "./client.ts";

/** Answers that mean "is in already", or "is us". */
const THERE = new Set(["already_in_channel", "cant_invite_self"]);

/** Invites people, each on their own after a refusal, so that one unknown name keeps nobody else out. */
export async function inviteAll(call: Call, channel: string, people: readonly RoutedPerson[], urgency: number): Promise<{ readonly missing: readonly string[] }> {
  const missing: string[] = [];
  const ids = new Map<string, string>();
  for (const person of people) {
    const id = person.slack ?? (person.email === null ? null : await byEmail(call, person.email, urgency));
    if (id === null) missing.push(person.name);
    else ids.set(id, person.name);
  }
  if (ids.size === 0) return { missing };
  try {
    await call("conversations.invite", { channel, users: [...ids.keys()].slice(0, 100).join(","), force: true }, urgency);
  } catch (error) {
    if (isWorthRetrying(error)) throw error;
    for (const [id, name] of ids) if (!(await inviteOne(call, channel, id, urgency))) missing.push(name);
  }
  return { missing };
}

async function inviteOne(call: Call, channel: string, user: string, urgency: number): Promise<boolean> {
  try {
    await call("conversations.invite", { channel, users: user }, urgency);
    return true;
  } catch (error) {
    if (isWorthRetrying(error)) throw error;
    return THERE.has(slackCode(error) ?? "");
  }
}

async function byEmail(call: Call, email: string, urgency: number): Promise<string | null> {
  try {
    return (await call<{ user: { id: string } }>("users.lookupByEmail", { email }, urgency)).user.id;
  } catch (error) {
    if (isWorthRetrying(error)) throw error;
    return null;
  }
}

function isWorthRetrying(error: unknown): boolean {
  return !(error instanceof PortError) || error.retryable;
}
