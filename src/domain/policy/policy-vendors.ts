import { z } from "zod";
import { isZone } from "#domain/values/wall-clock.ts";
import { isReservedName } from "#domain/values/access/reserved-name.ts";
import { apiPerson } from "#domain/values/api-actor.ts";
import { ROLES } from "#domain/values/language.ts";

/** How a chat's people and groups are named in the policy. */
export type ChatPolicyKeys = {
  /** The key of a person under which their id in this chat stands. */
  readonly personKey: string;
  readonly personId: RegExp;
  /** The message about an id that is none. */
  readonly personIdHint: string;
  /** How the chat names a group by its id; by its handle every chat does it as `@handle`. */
  readonly groupId: RegExp;
};

/** The keys for a tracker under `tickets` of a team. No two trackers have a key of the same name. */
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

/** Where a team's tickets go. `place`: the values for the tracker, by that tracker's keys. */
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

/** What someone is called in the policy; the key of `people` may be their id in what is stored. */
export const PersonName = z
  .string()
  .refine((name) => !isReservedName(name), "expected another name: Muster itself acts under this one");
/** Someone of the policy. The only place that has the keys by which the file names people in the chat. */
export function policyPerson(chats: readonly ChatPolicyKeys[]) {
  const ids = chats.map(({ personKey, personId, personIdHint }) => [
    personKey,
    z.string().regex(personId, personIdHint).optional(),
  ]);
  return z
    .strictObject({
      name: PersonName.optional(),
      ...(Object.fromEntries(ids) as Record<never, never>),
      /** Their id in a chat of another platform. */
      chat: z.string().min(1).max(200).optional(),
      email: z.email().optional(),
      pagerduty: z.string().optional(),
      /** Names by which they act through the API: of their tokens, and those that they are logged in with. */
      api: nameList.default([]),
      /** Their subject at the provider that people sign in with; with `issuer` at this provider only. */
      oidc: z
        .union([
          Subject.transform((subject) => ({ issuer: null, subject })),
          z.strictObject({ issuer: z.url({ protocol: /^https?$/ }), subject: Subject }),
        ])
        .optional(),
      phone: z.string().optional(),
      /** Where their clock hangs: which of their pages came in the night. */
      timezone: z.string().refine(isZone, "expected a time zone such as Europe/Berlin").optional(),
    })
    .transform(({ name, chat, email, pagerduty, api, oidc, phone, timezone, ...own }) => {
      const [chatId = chat] = Object.values(own as Record<string, string | undefined>).filter((id) => id !== undefined);
      const ids = [
        ...(chatId === undefined ? [] : [chatId]),
        ...(pagerduty === undefined ? [] : [`pagerduty:${pagerduty}`]),
        ...api.map((each) => apiPerson(each).id),
        ...(oidc === undefined ? [] : [`oidc:${oidc.issuer === null ? "" : `${oidc.issuer} `}${oidc.subject}`]),
        ...(email === undefined ? [] : [`email:${email.toLowerCase()}`]),
      ];
      return { name, email, pagerduty, phone, timezone, chatId: chatId ?? null, oidc: oidc ?? null, ids };
    });
}

const Subject = z.string().min(1).max(255);

const nameList = z.union([
  z
    .string()
    .min(1)
    .max(100)
    .transform((name) => [name]),
  z.array(z.string().min(1).max(100)),
]);

const WHO = `expected anyone, known, responders, roles, ${ROLES.join(", ")}, or a user group such as @sre-leads`;

/**
 * Someone who may: everyone; the people of the policy; the people of the incident's route and its roles; holders of any role, or of one; a group of
 * the chat by its handle or id, whose members are read when it matters.
 */
export function permissionRule(chats: readonly ChatPolicyKeys[]) {
  const group = new RegExp(`^(?:${["@[\\w.-]+", ...chats.map(({ groupId }) => groupId.source)].join("|")})$`);
  return z.union([z.enum(["anyone", "known", "responders", "roles", ...ROLES]), z.string().regex(group, WHO)], {
    error: WHO,
  });
}
export type PermissionRule = z.output<ReturnType<typeof permissionRule>>;

const ACCESS_HINT = "expected anyone, people, the name of someone under people, or a user group such as @sre-leads";

/**
 * Someone who has a role on the dashboard: everyone who signs in; everyone under `people`; one of them by name; a group of the chat
 * by its handle.
 */
export const accessRule = z.string({ error: ACCESS_HINT }).regex(/^(?:@[\w.-]+|[^@\s].*)$/, ACCESS_HINT);
