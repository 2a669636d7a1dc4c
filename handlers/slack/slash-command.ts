import { SLASH_COMMANDS } from "#integrations/slack/subscriptions.ts";
import { renderMessage, type SlackMessage } from "#integrations/slack/render-message.ts";
import type { App, RespondArguments } from "@slack/bolt";
import { renderReply, openFormFirst, type CommandDoor } from "#handlers/command-reply.ts";
import { slackRequester } from "./requester.ts";

/**
 * `/incident VERB …`. The request is stored before Slack gets its answer; `trigger_id` is the id of this request. A
 * verb with a form opens the form first, because its trigger lives three seconds.
 */
export function registerSlashCommands(app: App, door: CommandDoor): void {
  for (const name of SLASH_COMMANDS)
    app.command(name, async ({ command, ack }) => {
      const person = slackRequester(command.user_id, command.user_name);
      const place = {
        key: command.trigger_id,
        channel: command.channel_id,
        replyUrl: command.response_url,
        via: { way: "chat" },
      } as const;
      const wanted = door.act.formOf(command.text);
      if (wanted !== null) {
        await ack();
        await openFormFirst(door, wanted, { who: person, place, trigger: command.trigger_id, open: null }, () =>
          door.act.runText(command.text, person, place),
        );
        return;
      }
      const message = await renderReply(door, await door.act.runText(command.text, person, place), person);
      await (message === null ? ack() : ack(ephemeral(renderMessage(message))));
    });
}

function ephemeral({ text, blocks }: SlackMessage): RespondArguments {
  return { response_type: "ephemeral", text, blocks: [...blocks] };
}
