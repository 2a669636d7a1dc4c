import { wordsOfMessage } from "#integrations/slack/read-message.ts";
import { MESSAGE_SHORTCUTS } from "#integrations/slack/subscriptions.ts";
import type { App } from "@slack/bolt";
import { z } from "zod";
import { showHome } from "./app-home.ts";
import { createSubmission } from "#domain/commands/submission.ts";
import type { IncidentCommand } from "#domain/commands/command-registry.ts";
import type { Incident } from "#domain/incident/incident.ts";
import type { Actor, ActorVia } from "#domain/values/language.ts";
import { policyPersonName, resolveActor } from "#domain/policy/people.ts";
import { replaceMentions } from "#domain/values/mention.ts";
import type { RequestAttempt } from "#ports/chat.ts";
import { textMessage } from "#views/values/message-parts.ts";
import { openFormFirst, renderReply, sendReply, type CommandDoor } from "#handlers/command-reply.ts";

/** The reaction that keeps a message, and the one that makes a task of it. */
export const PIN_REACTION = "pushpin";
export const TASK_REACTION = "ballot_box_with_check";

const id = z.string();
const Event = z.discriminatedUnion("type", [
  z.object({ type: z.literal("app_mention"), channel: id, user: id, text: z.string(), thread_ts: id.optional() }),
  z.object({ type: z.literal("app_home_opened"), user: id, tab: z.string().optional() }),
  z.object({
    type: z.literal("reaction_added"),
    user: id,
    reaction: z.string(),
    item: z.object({ type: z.string(), channel: id.optional(), ts: id.optional() }),
  }),
  z.object({
    type: z.literal("reaction_removed"),
    user: id,
    reaction: z.string(),
    item: z.object({ type: z.string(), channel: id.optional(), ts: id.optional() }),
  }),
  z.object({
    type: z.enum(["pin_added", "pin_removed"]),
    user: id,
    channel_id: id,
    item: z.object({ message: z.object({ ts: id, thread_ts: id.optional() }).optional() }),
  }),
  z.object({
    type: z.literal("message"),
    channel: id,
    subtype: z.string().optional(),
    message: z.looseObject({ ts: id, subtype: z.string().optional() }).optional(),
    previous_message: z.looseObject({}).optional(),
    deleted_ts: id.optional(),
  }),
  z.object({ type: z.literal("member_joined_channel"), user: id, channel: id }),
  z.object({ type: z.literal("member_left_channel"), user: id, channel: id }),
  z.object({ type: z.literal("channel_rename"), channel: z.object({ id, name: z.string() }) }),
]);
type Event = z.output<typeof Event>;

/** A message that someone chose a shortcut of. */
const Chosen = z.object({
  trigger_id: id,
  channel: z.object({ id }),
  user: z.object({ id, name: z.string().default("") }),
  message: z.object({ ts: id, thread_ts: id.optional(), text: z.string().optional() }),
  response_url: z.string().optional(),
});

const Envelope = z.object({
  type: z.literal("event_callback"),
  event_id: z.string(),
  event: z.unknown(),
  /** Our own ids in the workspace. */
  authorizations: z.array(z.object({ user_id: z.string().nullish() })).default([]),
});

/**
 * What happens in Slack by itself. It is acknowledged when it is stored (storing-receiver.ts); `event_id` makes its second
 * delivery the same event. What we did ourselves is no news.
 */
export function registerSlackEvents(app: App, door: CommandDoor): void {
  app.use(async ({ body, next }) => {
    const envelope = Envelope.safeParse(body);
    if (!envelope.success) return next();
    const { event_id, authorizations } = envelope.data;
    const event = Event.safeParse(envelope.data.event);
    if (!event.success) return;
    const by = "user" in event.data ? event.data.user : null;
    if (by === null || !authorizations.some(({ user_id }) => user_id === by))
      await receiveEvent(door, event.data, event_id);
  });

  app.shortcut({ callback_id: MESSAGE_SHORTCUTS.capture, type: "message_action" }, async ({ shortcut, ack }) => {
    const { channel, message, user, trigger_id: key, response_url } = Chosen.parse(shortcut);
    const incident = await door.read.byChannel(channel.id);
    const mark: IncidentCommand = {
      type: "message.mark",
      channel: channel.id,
      id: message.ts,
      thread: message.thread_ts ?? null,
    };
    if (incident !== null) await store(door, incident, await personActor(door, user.id), mark, key);
    await ack();
    const place = { key, channel: channel.id, replyUrl: response_url ?? null, via: VIA_CHAT };
    if (incident === null)
      await sendReply(
        door,
        user,
        place,
        textMessage("This is no incident's channel: there is no timeline to add it to."),
      );
  });

  app.shortcut({ callback_id: MESSAGE_SHORTCUTS.declare, type: "message_action" }, async ({ shortcut, ack }) => {
    const { channel, message, user, trigger_id: key, response_url } = Chosen.parse(shortcut);
    await ack();
    const place = { key, channel: channel.id, replyUrl: response_url ?? null, via: VIA_CHAT };
    // The message's text prefills the form; an unreadable message does not prevent a declaration.
    // Where Muster is no member, the text that came with the click is all there is.
    const given = message.text === undefined ? null : textWithNames(door, message.text);
    const words = () =>
      door.chat.message(channel.id, message.ts, message.thread_ts ?? null, eventAttempt(door, key)).then(
        (found) => found?.text ?? given,
        () => given,
      );
    await openFormFirst(door, "declare", { who: user, place, trigger: key, open: null, words }, () =>
      door.act.runText("declare", user, place),
    );
  });
}

/** A text of Slack's with people by their names, as far as those stand in it or in the policy. */
function textWithNames({ chat, policy }: CommandDoor, text: string): string {
  return replaceMentions(
    chat.readMentions(text),
    ({ id: user, name }) => `@${policyPersonName(policy(), user) ?? name ?? user}`,
  );
}

const VIA_CHAT: ActorVia = { way: "chat" };
const SLACK: Actor = { kind: "source", id: "slack", name: "Slack" };

function eventAttempt(door: CommandDoor, key: string): RequestAttempt {
  return { key, urgency: 0, unsure: false, since: door.clock() };
}

async function receiveEvent(door: CommandDoor, event: Event, eventId: string): Promise<void> {
  switch (event.type) {
    case "app_mention": {
      const person = { id: event.user, name: await door.act.nameOf(event.user) };
      const { thread_ts: thread } = event;
      const place = {
        key: eventId,
        channel: event.channel,
        replyUrl: null,
        via: VIA_CHAT,
        ...(thread === undefined ? {} : { thread }),
      };
      const message = await renderReply(
        door,
        await door.act.runText(event.text.replace(/^\s*<@[A-Z0-9]+(?:\|[^>]*)?>/, ""), person, place),
        person,
      );
      if (message !== null) await sendReply(door, person, place, message);
      return;
    }
    case "app_home_opened":
      if (event.tab === undefined || event.tab === "home") await showHome(door, event.user);
      return;
    case "reaction_added":
    case "reaction_removed":
    case "pin_added":
    case "pin_removed":
      return receiveMark(door, event, eventId);
    case "message": {
      const { channel, subtype, message } = event;
      const missing =
        subtype === "message_deleted" ? event.deleted_ts : message?.subtype === "tombstone" ? message.ts : undefined;
      if (missing !== undefined)
        return inChannel(door, channel, null, { type: "message.deleted", channel, id: missing }, eventId);
      // A link that unfolds is an edit for Slack, and none for people.
      if (
        subtype === "message_changed" &&
        message !== undefined &&
        wordsOfMessage(message) !== wordsOfMessage(event.previous_message)
      )
        await edited(door, channel, message.ts, eventId);
      return;
    }
    case "member_joined_channel":
    case "member_left_channel": {
      const person = (await personActor(door, event.user)) satisfies Actor;
      const command: IncidentCommand = {
        type: event.type === "member_joined_channel" ? "member.joined" : "member.left",
        person: { id: person.id, name: person.name },
      };
      return inChannel(door, event.channel, event.user, command, eventId);
    }
    case "channel_rename":
      return inChannel(door, event.channel.id, null, { type: "channel.renamed", name: event.channel.name }, eventId);
  }
}

type MarkEvent = Extract<Event, { type: "reaction_added" | "reaction_removed" | "pin_added" | "pin_removed" }>;

/** 📌 and Slack's own pin keep a message, ☑️ makes a task of it. */
async function receiveMark(door: CommandDoor, event: MarkEvent, eventId: string): Promise<void> {
  const isReaction = "reaction" in event;
  const channel = isReaction ? event.item.channel : event.channel_id;
  const ts = isReaction ? event.item.ts : event.item.message?.ts;
  if (channel === undefined || ts === undefined) return;
  const isAdded = event.type === "reaction_added" || event.type === "pin_added";
  if (isReaction && isAdded && event.reaction === TASK_REACTION)
    return taskOfMessage(door, { channel, ts, user: event.user, eventId });
  if (isReaction && event.reaction !== PIN_REACTION) return;
  const thread = isReaction ? null : (event.item.message?.thread_ts ?? null);
  const command: IncidentCommand = isAdded
    ? { type: "message.mark", channel, id: ts, thread }
    : { type: "message.unmark", channel, id: ts };
  return inChannel(door, channel, event.user, command, eventId);
}

/** Someone makes a task of a message. One message is one task, however many people react. */
async function taskOfMessage(
  door: CommandDoor,
  { channel, ts, user, eventId }: { channel: string; ts: string; user: string; eventId: string },
): Promise<void> {
  const incident = await door.read.byChannel(channel);
  if (incident === null) return;
  const message = await door.chat.message(channel, ts, null, eventAttempt(door, eventId));
  if (message === null || message.text.trim() === "") return;
  const command: IncidentCommand = { type: "task.add", kind: "task", text: message.text, owner: null, due: null };
  await store(door, incident, await personActor(door, user), command, `task:${channel}:${ts}`);
}

/** Only what someone has marked is followed; it is read again, with names for ids, as it was when it was captured. */
async function edited(door: CommandDoor, channel: string, ts: string, eventId: string): Promise<void> {
  const incident = await door.read.byChannel(channel);
  if (incident === null || !Object.hasOwn(incident.marks, `${channel}:${ts}`)) return;
  const now = await door.chat.message(channel, ts, null, eventAttempt(door, eventId));
  if (now !== null)
    await store(door, incident, SLACK, { type: "message.edited", channel, id: ts, text: now.text }, eventId);
}

/** An event of an incident's channel belongs to the incident; events of other channels are ignored. */
async function inChannel(
  door: CommandDoor,
  channel: string,
  user: string | null,
  command: IncidentCommand,
  key: string,
): Promise<void> {
  const incident = await door.read.byChannel(channel);
  if (incident === null) return;
  await store(door, incident, user === null ? SLACK : await personActor(door, user), command, key);
}

async function personActor(door: CommandDoor, user: string): Promise<Actor> {
  return resolveActor(door.policy(), { id: user, name: await door.act.nameOf(user) }, VIA_CHAT);
}

async function store(
  door: CommandDoor,
  incident: Incident,
  actor: Actor,
  command: IncidentCommand,
  key: string,
): Promise<void> {
  await door.submit(
    createSubmission({
      key: `slack:${key}`,
      urgency: 1,
      actor,
      at: door.clock(),
      body: { type: "incident", incident: incident.number, command },
    }),
  );
}
