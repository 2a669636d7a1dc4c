import { z } from "zod";
import type { ChatStanding } from "#domain/response/admission.ts";
import type { Chat, RequestAttempt } from "#ports/chat.ts";
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
    team_id: z.string().optional().catch(undefined),
    enterprise_user: z.object({ enterprise_id: z.string() }).optional().catch(undefined),
    deleted: z.boolean().optional().catch(undefined),
    is_bot: z.boolean().optional().catch(undefined),
    is_stranger: z.boolean().optional().catch(undefined),
    is_restricted: z.boolean().optional().catch(undefined),
    is_ultra_restricted: z.boolean().optional().catch(undefined),
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

const OurTeam = z.object({
  team_id: z.string().optional().catch(undefined),
  enterprise_id: z.string().nullish().catch(undefined),
});
type OurTeam = z.output<typeof OurTeam>;
type SlackUser = z.output<typeof UserInfo>["user"];

/** What is known of someone; `user` null: Slack returns nothing about them. */
type KnownUser = { readonly at: number; readonly user: SlackUser | null };

export type SlackPeople = Pick<Chat, "standing"> & {
  readonly groupId: (group: string) => Promise<string | null>;
  /** Asks Slack which workspace is ours, and remembers it. Throws PortError when Slack does not answer. */
  readonly learnTeam: () => Promise<void>;
  readonly person: (user: string) => Promise<{ readonly name: string; readonly zone: string }>;
  readonly group: (group: string) => Promise<readonly string[]>;
  readonly setGroup: (group: string, users: readonly string[], attempt: RequestAttempt) => Promise<void>;
};

/** People change their names and time zones rarely, and are asked about at every click. */
const CACHE_TTL_MS = 10 * MINUTE_MS;
const MAX_CACHED = 2_000;

/**
 * Who people are. Names are kept for some minutes; the members of a group never, they decide who may do what.
 * @param ourTeam the workspace by the settings, while Slack itself has not answered which one is ours; null: it is not set
 */
export function createSlackPeople(call: SlackCaller, monotonic: () => number, ourTeam: string | null): SlackPeople {
  const known = new Map<string, KnownUser>();
  let team: OurTeam | null = null;
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

  const userOf = async (id: string): Promise<SlackUser | null> => {
    const kept = known.get(id);
    if (kept !== undefined && monotonic() - kept.at < CACHE_TTL_MS) return kept.user;
    let user: SlackUser | null = null;
    try {
      ({ user } = await call("users.info", { user: id }, { urgency: 0 }, UserInfo));
    } catch (error) {
      // No one of this name, or no scope to ask: the id will do.
      if (!isRefused(error)) throw error;
    }
    if (known.size >= MAX_CACHED) known.clear();
    known.set(id, { at: monotonic(), user });
    return user;
  };

  const askTeam = (): Promise<OurTeam> => call("auth.test", {}, { urgency: 0 }, OurTeam);
  const readTeam = async (): Promise<OurTeam> => (team ??= await askTeam());

  return {
    async person(id) {
      const user = await userOf(id);
      const names = [user?.profile?.display_name, user?.profile?.real_name, user?.real_name, user?.name];
      return { name: names.find((name) => name !== undefined && name !== "") ?? id, zone: knownZone(user?.tz) };
    },

    async standing(id, named) {
      // While Slack does not answer, or not in time, what was known last counts.
      const [user, ours] = await Promise.all([
        withinPatience(userOf(id), () => known.get(id)?.user ?? null),
        withinPatience(readTeam(), () => team ?? (ourTeam === null ? {} : { team_id: ourTeam })),
      ]);
      return standingOf(user, named, ours);
    },

    async learnTeam() {
      team = await askTeam();
    },

    groupId: idOf,
    async group(group) {
      const id = await idOf(group);
      return id === null ? [] : (await call("usergroups.users.list", { usergroup: id }, { urgency: 0 }, Members)).users;
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

/** What someone is to our workspace at this moment; null: Slack lists no one of this id any longer. */
export type StandingReader = (user: string) => Promise<ChatStanding | null>;

/**
 * Asks Slack what people are, for each time that someone is let in by it: nothing is guessed where it does not answer.
 * The reader throws PortError when Slack cannot say.
 */
export function createStandingReader(call: SlackCaller): StandingReader {
  let ours: OurTeam | null = null;
  return async (id) => {
    ours ??= await call("auth.test", {}, { urgency: 4 }, OurTeam);
    try {
      const { user } = await call("users.info", { user: id }, { urgency: 4 }, UserInfo);
      return user.deleted === true ? null : standingOf(user, null, ours);
    } catch (error) {
      if (error instanceof PortError && error.reason === "not_found") return null;
      throw error;
    }
  };
}

/** ms: a person who clicks has three seconds for everything, and no one is let in by a question that was not answered. */
const PATIENCE_MS = 2_000;

/** The answer, or a substitute when it fails or takes too long; a late answer is still remembered. */
async function withinPatience<T>(answer: Promise<T>, otherwise: () => T): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<T>((resolve) => {
    timer = setTimeout(() => resolve(otherwise()), PATIENCE_MS);
  });
  try {
    return await Promise.race([answer.catch(otherwise), late]);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * What someone is to our workspace. The workspaces of one organization are one. Where it is not known which is ours, or what
 * someone is there, no one is a member of it: that a request names some workspace proves nothing.
 */
function standingOf(user: SlackUser | null, named: string | null, ours: OurTeam): ChatStanding {
  const ourOrganization = ours.enterprise_id ?? null;
  const isColleague =
    ourOrganization !== null && (user?.enterprise_user?.enterprise_id === ourOrganization || named === ourOrganization);
  const teams = [named, user?.team_id ?? null].filter((each) => each !== null);
  const other = teams.find((each) => each !== ours.team_id) ?? null;
  if (user?.is_stranger === true) return { kind: "outsider", team: other };
  if (!isColleague) {
    if (ours.team_id === undefined) return { kind: "unknown" };
    if (other !== null) return { kind: "outsider", team: other };
  }
  if (user === null) return { kind: named === null ? "unknown" : "insider" };
  if (user.is_bot === true) return { kind: "bot" };
  return { kind: user.is_restricted === true || user.is_ultra_restricted === true ? "guest" : "member" };
}
