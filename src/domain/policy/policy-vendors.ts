import { z } from "zod";
import { isZone } from "#domain/values/wall-clock.ts";
import { ROLES } from "#domain/values/language.ts";

/** How a chat's people and groups are named in the policy. */
export type ChatPolicyKeys = {
  /** The key of a person under which their id in this chat stands. */
  readonly personKey: string;
  readonly personId: RegExp;
  /** What is said of an id that is none. */
  readonly personIdHint: string;
  /** How the chat names a group by its id; by its handle every chat does it as `@handle`. */
  readonly groupId: RegExp;
};

/** What a team may say under `tickets` about a tracker. No two trackers have a key of the same name. */
export type TrackerPolicyKeys = {
  /** What `target` calls it. */
  readonly target: string;
  readonly keys: Readonly<Record<string, z.ZodType>>;
};

/** What the vendors that there are add to the shape of the policy: `src/config/vendor-lists.ts`. */
export type PolicyVendors = {
  readonly chats: readonly ChatPolicyKeys[];
  readonly trackers: readonly TrackerPolicyKeys[];
};

/** The policy as it is without any vendor. */
export const NO_VENDORS: PolicyVendors = { chats: [], trackers: [] };

/** Where a team's tickets go. `place`: what it says for the tracker, by that tracker's keys. */
export function teamTickets(trackers: readonly TrackerPolicyKeys[]) {
  const keys = trackers.flatMap((tracker) => Object.entries(tracker.keys));
  if (new Set(keys.map(([key]) => key)).size < keys.length)
    throw new Error("bug: two trackers have the same key in the policy");
  return z
    .strictObject({
      target: z.enum(trackers.map(({ target }) => target)).optional(),
      ...(Object.fromEntries(keys) as Record<never, never>),
      labels: z.array(z.string().min(1).max(50)).default([]),
      /** As the tracker names people: a login, an account id, an e-mail address. */
      assignee: z.string().min(1).optional(),
      atResolve: z.enum(["close", "comment"]).default("close"),
    })
    .transform(({ target, labels, assignee, atResolve, ...place }) => ({
      target,
      labels,
      assignee,
      atResolve,
      place: place as Readonly<Record<string, unknown>>,
    }));
}

/** Someone of the policy. The only place that knows by which keys the file says who they are in the chat. */
export function policyPerson(chats: readonly ChatPolicyKeys[]) {
  const ids = chats.map(({ personKey, personId, personIdHint }) => [
    personKey,
    z.string().regex(personId, personIdHint).optional(),
  ]);
  return z
    .strictObject({
      name: z.string().optional(),
      ...(Object.fromEntries(ids) as Record<never, never>),
      /** Their id in a chat of another platform. */
      chat: z.string().min(1).max(200).optional(),
      email: z.email().optional(),
      pagerduty: z.string().optional(),
      phone: z.string().optional(),
      /** Where their clock hangs: which of their pages came in the night. */
      timezone: z.string().refine(isZone, "expected a time zone such as Europe/Berlin").optional(),
    })
    .transform(({ name, chat, email, pagerduty, phone, timezone, ...own }) => {
      const [chatId = chat] = Object.values(own as Record<string, string | undefined>).filter((id) => id !== undefined);
      return { name, email, pagerduty, phone, timezone, chatId: chatId ?? null };
    });
}

const WHO = `expected anyone, responders, roles, ${ROLES.join(", ")}, or a user group such as @sre-leads`;

/**
 * Someone who may: everyone; the people of the incident's route and its roles; holders of any role, or of one; a group of
 * the chat by its handle or id, whose members are read when it matters.
 */
export function permissionRule(chats: readonly ChatPolicyKeys[]) {
  const group = new RegExp(`^(?:${["@[\\w.-]+", ...chats.map(({ groupId }) => groupId.source)].join("|")})$`);
  return z.union([z.enum(["anyone", "responders", "roles", ...ROLES]), z.string().regex(group, WHO)], { error: WHO });
}
export type PermissionRule = z.output<ReturnType<typeof permissionRule>>;
