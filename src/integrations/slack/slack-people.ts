import { z } from "zod";
import type { RequestAttempt } from "#ports/chat.ts";
import { PortError } from "#ports/port-error.ts";
import { MINUTE_MS } from "#domain/values/duration.ts";
import { knownZone } from "#domain/values/wall-clock.ts";
import type { SlackCaller } from "./client.ts";
import { isRefused } from "./errors.ts";

const UserInfo = z.object({
  user: z.object({
    name: z.string().optional().catch(undefined),
    real_name: z.string().optional().catch(undefined),
    tz: z.string().nullish(),
    profile: z
      .object({
        display_name: z.string().optional().catch(undefined),
        real_name: z.string().optional().catch(undefined),
      })
      .optional()
      .catch(undefined),
  }),
});
const Groups = z.object({ usergroups: z.array(z.object({ id: z.string(), handle: z.string() })) });
const Members = z.object({ users: z.array(z.string()) });

export type SlackPeople = {
  readonly person: (user: string) => Promise<{ readonly name: string; readonly zone: string }>;
  readonly group: (group: string) => Promise<readonly string[]>;
  readonly setGroup: (group: string, users: readonly string[], attempt: RequestAttempt) => Promise<void>;
};

/** People change their names and time zones rarely, and are asked about at every click. */
const CACHE_TTL_MS = 10 * MINUTE_MS;
const MAX_CACHED = 2_000;

/** Who people are. Names are kept for some minutes; the members of a group never, they decide who may do what. */
export function createSlackPeople(call: SlackCaller, monotonic: () => number): SlackPeople {
  const known = new Map<
    string,
    { readonly at: number; readonly person: { readonly name: string; readonly zone: string } }
  >();
  const handles = new Map<string, string>();

  const idOf = async (group: string): Promise<string | null> => {
    const handle = group.replace(/^@/, "");
    if (/^S[A-Z0-9]{5,}$/.test(handle)) return handle;
    if (!handles.has(handle)) {
      const { usergroups } = await call("usergroups.list", {}, { urgency: 0 }, Groups);
      for (const each of usergroups) handles.set(each.handle, each.id);
    }
    return handles.get(handle) ?? null;
  };

  return {
    async person(user) {
      const kept = known.get(user);
      if (kept !== undefined && monotonic() - kept.at < CACHE_TTL_MS) return kept.person;
      let person = { name: user, zone: "UTC" };
      try {
        const { user: found } = await call("users.info", { user }, { urgency: 0 }, UserInfo);
        const names = [found.profile?.display_name, found.profile?.real_name, found.real_name, found.name];
        person = { name: names.find((name) => name !== undefined && name !== "") ?? user, zone: knownZone(found.tz) };
      } catch (error) {
        // No one of this name, or no scope to ask: the id will do.
        if (!isRefused(error)) throw error;
      }
      if (known.size >= MAX_CACHED) known.clear();
      known.set(user, { at: monotonic(), person });
      return person;
    },

    async group(group) {
      const id = await idOf(group);
      if (id === null) return [];
      return (await call("usergroups.users.list", { usergroup: id }, { urgency: 0 }, Members)).users;
    },

    async setGroup(group, users, attempt) {
      if (users.length === 0) return;
      const id = await idOf(group);
      if (id === null)
        throw new PortError("not_found", `there is no user group ${group} in Slack`, { retryable: false });
      const { users: now } = await call("usergroups.users.list", { usergroup: id }, attempt, Members);
      if (now.length === users.length && users.every((user) => now.includes(user))) return;
      await call("usergroups.users.update", { usergroup: id, users: users.join(",") }, attempt);
    },
  };
}
