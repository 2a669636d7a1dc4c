import type { App, BlockAction, ButtonAction, OverflowAction } from "@slack/bolt";
import { MORE_ACTION, readMenuChoice } from "#domain/values/chat-message.ts";
import { BUTTON_ACTIONS, OPEN_RUN_ACTION, PICK_ACTION, VERB_ACTION } from "#views/values/action-buttons.ts";
import { actOnWords, buttonWords } from "#handlers/button-press.ts";
import { channelOfForm, type CommandDoor } from "#handlers/command-reply.ts";
import { slackRequester } from "./requester.ts";

/**
 * Clicks on buttons, of messages, forms and homes. A click is stored before Slack gets its answer; `trigger_id` is its own
 * id, so that Slack's redelivery of one is the same click.
 */
export function registerButtonClicks(app: App, door: CommandDoor): void {
  for (const id of [...Object.values(BUTTON_ACTIONS).map((button) => button.id), VERB_ACTION])
    app.action<BlockAction<ButtonAction>>(id, ({ ack, action, body }) => click(door, action, { ack, body }));

  app.action<BlockAction<OverflowAction>>(MORE_ACTION, async ({ ack, action, body }) => {
    const chosen = readMenuChoice(action.selected_option.value);
    await click(door, { action_id: chosen.action, value: chosen.value }, { ack, body });
  });
  app.action(OPEN_RUN_ACTION, ({ ack }) => ack());
  app.action<BlockAction<ButtonAction>>(PICK_ACTION, async ({ ack, action, body, respond }) => {
    await click(door, action, { ack, body });
    if (body.view === undefined) await respond({ delete_original: true });
  });
}

type Click = { readonly ack: () => Promise<void>; readonly body: BlockAction };
type PressedButton = { readonly action_id: string; readonly value?: string | undefined };

async function click(door: CommandDoor, action: PressedButton, { ack, body }: Click): Promise<void> {
  const words = buttonWords(action.action_id, action.value);
  if (words === null) return ack();
  const open = body.view?.type === "modal" ? body.view : null;
  const place = {
    key: body.trigger_id,
    channel: body.channel?.id ?? (open === null ? null : channelOfForm(open.private_metadata)),
    replyUrl: body.response_url ?? null,
    via: { way: "chat" },
  } as const;
  const person = slackRequester(body.user.id, body.user.name, body.user.username);
  await actOnWords(door, words, { who: person, place, trigger: body.trigger_id, open: open?.id ?? null }, ack);
}
