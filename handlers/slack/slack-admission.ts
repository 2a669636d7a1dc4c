import type { App } from "@slack/bolt";
import { createSubmission } from "#domain/commands/submission.ts";
import { policyPersonName } from "#domain/policy/people.ts";
import { admissionRefusal } from "#domain/response/admission.ts";
import { renderMessage } from "#integrations/slack/render-message.ts";
import { renderPart } from "#integrations/slack/render-message.ts";
import { refusedHome } from "#views/response/home-tab.ts";
import { textMessage } from "#views/values/message-parts.ts";
import { sendReply, type CommandDoor } from "#handlers/command-reply.ts";
import { isNamelessRequest, SlackRequest } from "./request-shape.ts";

type Acknowledge = (answer?: object) => Promise<void>;

/**
 * Lets in who is of our workspace or of the policy. It stands before everything else that listens to Slack, so that a new
 * kind of request is not for everyone. What only reports what has happened (who joined a channel) is no request. One that
 * does not say whose it is, is left.
 */
export function registerAdmission(app: App, door: CommandDoor): void {
  app.use(async (args) => {
    const request = SlackRequest.safeParse(args.body);
    if (!request.success) return isNamelessRequest(args.body) ? undefined : args.next();
    const { user, team } = requesterOf(request.data);
    // Of people of the policy nothing is asked: they act also while Slack answers slowly.
    if (policyPersonName(door.policy(), user) !== null) return args.next();
    const refusal = admissionRefusal(door.policy(), await door.chat.standing(user, team));
    if (refusal === null) return args.next();
    await refuse(door, request.data, refusal, "ack" in args ? (args.ack as Acknowledge) : () => Promise.resolve());
  });
}

function requesterOf(request: SlackRequest): { readonly user: string; readonly team: string | null } {
  if ("command" in request) return { user: request.user_id, team: request.team_id ?? null };
  if (request.type !== "event_callback") return { user: request.user.id, team: request.user.team_id ?? null };
  const { user, user_team, source_team, team } = request.event;
  return { user, team: user_team ?? source_team ?? team ?? null };
}

/** Refuses the request, where only they see it. */
async function refuse(door: CommandDoor, request: SlackRequest, reason: string, ack: Acknowledge): Promise<void> {
  const { user } = requesterOf(request);
  const message = textMessage(reason);
  if ("command" in request) {
    await recordRefusal(door, user, request.trigger_id, reason);
    const { text, blocks } = renderMessage(message);
    return ack({ response_type: "ephemeral", text, blocks });
  }
  if (request.type === "event_callback") {
    const { type, channel } = request.event;
    if (type === "app_home_opened") return door.chat.home(user, refusedHome(reason));
    await recordRefusal(door, user, request.event_id, reason);
    if (type !== "app_mention") return;
    return sendReply(door, { id: user, name: user }, placeOf(request.event_id, channel, null), message);
  }
  const { trigger_id: trigger, channel, response_url: url, view } = request;
  await recordRefusal(door, user, trigger ?? view?.id ?? null, reason);
  if (request.type === "view_submission")
    return ack({
      response_action: "update",
      view: { type: "modal", title: view?.title, blocks: message.parts.map(renderPart) },
    });
  await ack();
  if (channel != null && trigger != null)
    await sendReply(door, { id: user, name: user }, placeOf(trigger, channel.id, url ?? null), message);
}

function placeOf(key: string, channel: string | null | undefined, replyUrl: string | null) {
  return { key, channel: channel ?? null, replyUrl, via: { way: "chat" } } as const;
}

/** Under the key of the request itself: let in later, the same request is still refused. */
async function recordRefusal(door: CommandDoor, user: string, key: string | null, reason: string): Promise<void> {
  if (key === null) return;
  await door.submit(
    createSubmission({
      key: `person:${key}`,
      urgency: 1,
      actor: { kind: "person", id: user, name: user, via: { way: "chat" } },
      at: door.clock(),
      body: { type: "verb.asked", verb: "help", text: `refused: ${reason}`.slice(0, 500) },
    }),
  );
}
