import { listSessions } from "#db/sessions/account-sessions.ts";
import { accountPerson, isInMappedGroup } from "#domain/policy/account-rules.ts";
import type { AccountSession, SignedInAccount } from "#domain/policy/account-session.ts";
import { isPersonAmong, isSamePerson } from "#domain/policy/people.ts";
import { MINUTE_MS } from "#domain/values/duration.ts";
import type { Instant, Person } from "#domain/values/language.ts";
import type { Engine } from "#engine/base/engine.ts";
import type { Chat } from "#ports/chat.ts";
import { PortError } from "#ports/port-error.ts";

/** Sessions that are looked through. */
const MAX_SESSIONS = 1_000;

/** What the members of groups are read with. */
export type GroupReads = Pick<Engine, "policy" | "connection" | "clock" | "signIns"> & {
  readonly chat: Pick<Chat, "group">;
};

/** Who someone is who signed in by one of the ways that there are. */
export function sessionPerson(
  { policy, signIns = [] }: Pick<Engine, "policy" | "signIns">,
  account: SignedInAccount & Pick<AccountSession, "way">,
): Person {
  return accountPerson(policy(), account, signIns.find(({ name }) => name === account.way)?.issuer ?? null);
}

/**
 * Whether someone is in a group: by the groups that their provider listed for them, where the policy maps those to
 * it, else by the chat.
 * @throws PortError when the chat cannot answer
 */
export async function isGroupMember(engine: GroupReads, group: string, person: Person): Promise<boolean> {
  const policy = engine.policy();
  if (Object.hasOwn(policy.signIn.groups, group)) {
    const open = await listSessions(engine.connection.db, engine.clock(), MAX_SESSIONS);
    if (
      open.some(
        (each) => isSamePerson(policy, sessionPerson(engine, each), person) && isInMappedGroup(policy, group, each),
      )
    )
      return true;
  }
  return isPersonAmong(policy, await engine.chat.group(group), person);
}

/** So long members are remembered for pages, in ms; and so long that they could not be read. */
const REMEMBERED_MS = MINUTE_MS;
const UNREAD_MS = MINUTE_MS / 6;
/** Groups that are remembered. */
const MOST_GROUPS = 1_000;
/** So long a page waits for the chat, in ms. */
const PATIENCE_MS = 1_000;

/**
 * The members of groups as they were within the last minute, for what pages offer: each reload of each browser would ask
 * the chat otherwise. What someone does is decided by the members of that moment. A page does not wait for a slow chat:
 * then it rejects with PortError, and a late answer is for the next page.
 */
export function rememberGroups(
  chat: Pick<Chat, "group">,
  clock: () => Instant,
  patienceMs = PATIENCE_MS,
): Pick<Chat, "group"> {
  const known = new Map<string, { readonly until: Instant; readonly members: Promise<readonly string[]> }>();
  return {
    group(group) {
      const now = clock();
      const kept = known.get(group);
      if (kept !== undefined && now < kept.until && kept.until <= now + REMEMBERED_MS)
        return withinPatience(kept.members, patienceMs);
      if (known.size >= MOST_GROUPS) known.clear();
      const members = chat.group(group);
      known.set(group, { until: now + REMEMBERED_MS, members });
      members.catch(() => known.set(group, { until: clock() + UNREAD_MS, members }));
      return withinPatience(members, patienceMs);
    },
  };
}

async function withinPatience<T>(answer: Promise<T>, patienceMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const slow = new PortError("unreachable", "the chat takes too long", { retryable: true });
    timer = setTimeout(() => reject(slow), patienceMs);
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}
