import type { AccountSession } from "#domain/policy/account-session.ts";
import { DAY, HOUR, NOW } from "#test/support/builders/instants.ts";
import { ALICE_PERSON } from "#test/support/builders/people.ts";

/** An open session of Alice's. */
export function aSession(about: Partial<AccountSession> = {}): AccountSession {
  return {
    number: 1,
    person: ALICE_PERSON.id,
    name: ALICE_PERSON.name,
    email: null,
    groups: null,
    way: "slack",
    provedAt: NOW - HOUR,
    openedAt: NOW - HOUR,
    seenAt: NOW,
    expiresAt: NOW + 7 * DAY,
    until: NOW + 30 * DAY,
    ...about,
  };
}
