import { z } from "zod";
import { SLACK_EVENTS } from "#integrations/slack/subscriptions.ts";

/** An id of Slack's. It becomes part of a key, which a database refuses with a NUL in it. */
const id = z
  .string()
  .min(1)
  .max(1_000)
  .regex(/^[^\0]*$/, "expected no NUL in it");
const maybeId = id.nullish();

const Command = z.object({
  command: z.string(),
  text: z.string(),
  user_id: id,
  user_name: z.string().nullish(),
  team_id: maybeId,
  trigger_id: id,
  channel_id: id,
  response_url: z.string().nullish(),
});

const Clicked = z.object({
  action_id: z.string(),
  block_id: z.string().nullish(),
  value: z.string().nullish(),
  selected_option: z.object({ value: z.string() }).nullish(),
});

const requester = {
  user: z.object({ id, team_id: maybeId, name: z.string().nullish(), username: z.string().nullish() }),
  team: z.object({}).nullish(),
  channel: z.object({ id }).nullish(),
  response_url: z.string().nullish(),
};

/** What someone does with a message, a form or a home of ours. */
const Interaction = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("block_actions"),
    ...requester,
    trigger_id: id,
    view: z.object({ id, type: z.string(), title: z.unknown().optional(), private_metadata: z.string() }).nullish(),
    actions: z.array(Clicked).min(1),
  }),
  z.object({
    type: z.literal("view_submission"),
    ...requester,
    trigger_id: maybeId,
    view: z.object({
      ...{ id, hash: z.string(), callback_id: z.string(), private_metadata: z.string() },
      title: z.unknown().optional(),
      state: z.object({ values: z.record(z.string(), z.record(z.string(), z.object({}))) }),
    }),
  }),
  z.object({
    type: z.literal("message_action"),
    ...requester,
    ...{ callback_id: z.string(), trigger_id: id, channel: z.object({ id }) },
    view: z.object({ id, title: z.unknown().optional() }).nullish(),
    message: z.object({ ts: id, thread_ts: id.optional(), text: z.string().optional() }),
    response_url: z.string().optional(),
  }),
]);

/** What happens in Slack: of each kind the little that is looked at before its kind is known. */
const EventCallback = z.object({
  type: z.literal("event_callback"),
  event_id: id,
  event: z.object({
    type: z.string(),
    channel: z.union([z.string(), z.object({})]).optional(),
    user: z.union([z.string(), z.object({})]).optional(),
    item: z.object({}).optional(),
    subteam: z.object({}).optional(),
  }),
  authorizations: z.array(z.object({})).nullish(),
});

/** Events that someone brings about in order to have something done by Muster. */
const ASKING = [
  "app_mention",
  "app_home_opened",
  "reaction_added",
  "reaction_removed",
  "pin_added",
  "pin_removed",
] as const;

const AskingEvent = z.object({
  type: z.literal("event_callback"),
  event_id: id,
  event: z.object({
    type: z.enum(ASKING),
    user: id,
    channel: maybeId,
    user_team: maybeId,
    source_team: maybeId,
    team: maybeId,
  }),
});

/** A request that someone makes: who it is, and the workspace that the request names for them. */
export const SlackRequest = z.union([Command, AskingEvent, Interaction]);
export type SlackRequest = z.output<typeof SlackRequest>;

/** Whether a body that is no `SlackRequest` is one all the same, by what it calls itself: then no one can be asked who it is. */
export function isNamelessRequest(body: unknown): boolean {
  const event = EventCallback.safeParse(body);
  return !event.success || ASKING.some((type) => type === event.data.event.type);
}

/**
 * What is wrong with a body that Slack has signed, or null: whatever is let through can be taken apart by Bolt, and by what
 * listens behind it. Fields that are not looked at may be anything, and so may events that no one listens to.
 */
export function slackBodyProblem(body: unknown): string | null {
  if (typeof body !== "object" || body === null || Array.isArray(body)) return "body: expected an object";
  const shape = "command" in body ? Command : "event" in body ? EventCallback : Interaction;
  const read = shape.safeParse(body);
  if (read.success) return null;
  const [issue] = read.error.issues;
  return `body: ${issue?.path.join(".") ?? ""}: ${issue?.message ?? ""}`;
}

const LISTENED = new Set<string>(SLACK_EVENTS.map((name) => name.split(".", 1)[0]!));

/** Whether a body is an event of a kind that Muster has not subscribed to: it is acknowledged, and no one looks at it. */
export function isUnsubscribedEvent(body: unknown): boolean {
  const { success, data } = EventCallback.safeParse(body);
  return success && !LISTENED.has(data.event.type);
}
