import type { App, BlockAction, ButtonAction } from "@slack/bolt";
import { BUTTON_ACTIONS, OPEN_RUN_ACTION, PICK_ACTION, VERB_ACTION } from "#views/values/action-buttons.ts";
import { channelOfForm, openFormFirst, renderReply, sendReply, type CommandDoor } from "#handlers/command-reply.ts";

/**
 * Clicks on buttons, of messages, forms and homes. A button is words of the grammar, so a click does what typing them
 * does. It is stored before Slack gets its answer; `trigger_id` is the click's own id, so that Slack's redelivery of one
 * is the same click.
 */
export function registerButtonClicks(app: App, door: CommandDoor): void {
  for (const { id, says } of Object.values(BUTTON_ACTIONS))
    app.action<BlockAction<ButtonAction>>(id, async ({ ack, action, body }) => {
      const { about, rest } = valueOf(action.value);
      await click(door, `${says} ${rest}`.trim(), about, { ack, body });
    });

  app.action(OPEN_RUN_ACTION, ({ ack }) => ack());
  app.action<BlockAction<ButtonAction>>(VERB_ACTION, ({ ack, action, body }) =>
    click(door, action.value ?? "help", null, { ack, body }),
  );

  // The words that were asked before, now with an incident.
  app.action<BlockAction<ButtonAction>>(PICK_ACTION, async ({ ack, action, body, respond }) => {
    const { about, rest } = valueOf(action.value);
    await click(door, rest, about, { ack, body });
    if (body.view === undefined) await respond({ delete_original: true });
  });
}

type Click = { readonly ack: () => Promise<void>; readonly body: BlockAction<ButtonAction> };

async function click(door: CommandDoor, text: string, about: number | null, { ack, body }: Click): Promise<void> {
  const who = { id: body.user.id, name: body.user.name ?? body.user.username };
  const open = body.view?.type === "modal" ? body.view : null;
  const place = {
    key: body.trigger_id,
    channel: body.channel?.id ?? (open === null ? null : channelOfForm(open.private_metadata)),
    replyUrl: body.response_url ?? null,
  };
  const find = () => door.act.say(text, who, place, about);
  const wanted = door.act.formOf(text);
  if (wanted !== null) {
    await ack();
    await openFormFirst(door, wanted, { who, place, trigger: body.trigger_id, open: open?.id ?? null }, find);
    return;
  }
  const message = await renderReply(door, await find(), who);
  await ack();
  if (message !== null) await sendReply(door, who, place, message);
}

/** "12 severity P1" of a button: the number of the incident, and what else it says. */
function valueOf(value: string | undefined): { readonly about: number | null; readonly rest: string } {
  const found = /^(\d{1,9})(?:\s+([\s\S]*))?$/.exec(value ?? "");
  return found === null ? { about: null, rest: "" } : { about: Number(found[1]), rest: found[2] ?? "" };
}
