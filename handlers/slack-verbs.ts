import type { App } from "@slack/bolt";
import { show, openFormFirst, type SlackDoor } from "./slack-answer.ts";

/** The slash command, under both of its names. */
export const COMMANDS = ["/incident", "/inc"] as const;

/**
 * `/incident VERB …`. The wish is stored before Slack gets its answer; `trigger_id` is the id of this asking. A verb that
 * wants a form opens it first, its trigger lives three seconds.
 */
export function slackVerbs(app: App, door: SlackDoor): void {
  for (const name of COMMANDS)
    app.command(name, async ({ command, ack }) => {
      const who = { id: command.user_id, name: command.user_name };
      const place = { key: command.trigger_id, channel: command.channel_id, replyUrl: command.response_url };
      const wanted = door.act.formOf(command.text);
      if (wanted !== null) {
        await ack();
        await openFormFirst(door, wanted, { who, place, trigger: command.trigger_id, open: null }, () => door.act.say(command.text, who, place));
        return;
      }
      const message = await show(door, await door.act.say(command.text, who, place), who);
      await (message === null ? ack() : ack({ response_type: "ephemeral", text: message.text, blocks: [...message.blocks] }));
    });
}
