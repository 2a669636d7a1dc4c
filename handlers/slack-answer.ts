import type { Act, Answer, Place } from "#engine/act.ts";
import type { Reader } from "#engine/read.ts";
import type { Incident } from "#domain/incident.ts";
import { OPEN_STATUSES, type Instant, type Person } from "#domain/language.ts";
import { isResponder } from "#domain/permission.ts";
import type { Policy } from "#domain/policy.ts";
import { USUAL_DAYS } from "#domain/period.ts";
import type { Submit } from "#engine/submit.ts";
import type { Chat } from "#ports/chat.ts";
import * as views from "#views/answers.ts";
import { form, loading } from "#views/forms.ts";
import { escape, type SlackMessage } from "#views/slack.ts";
import type { FormName } from "#verbs/verb.ts";

/** What every part of Slack's door needs. */
export type SlackDoor = {
  readonly act: Act;
  readonly submit: Submit;
  readonly read: Reader;
  readonly chat: Chat;
  readonly clock: () => Instant;
  readonly policy: () => Policy;
  readonly pageUrl: (number: number) => string;
};

/** What a form carries from the click that opened it to its submission. */
type FormMeta = { readonly incident: number | null; readonly channel: string | null };

/** A message for whoever asked; null when what they asked for is told elsewhere, or is a form that has been opened. */
export async function show(
  door: SlackDoor,
  answer: Answer,
  who: Person,
  click: { readonly place: Place; readonly trigger: string } | null = null,
): Promise<SlackMessage | null> {
  switch (answer.kind) {
    case "stored":
      return null;
    case "problem":
      // It may repeat what somebody typed.
      return views.said(escape(answer.text));
    case "pick":
      return views.pickMessage(answer.text, answer.incidents);
    case "form":
      if (click === null) return views.said("A form needs a click or a slash command: type the words here instead.");
      await door.chat.openForm(click.trigger, form(answer.form, answer.incident, door.policy(), metaOf(answer.incident, click.place)));
      return null;
    case "show":
      return await look(door, answer, who);
  }
}

function metaOf(incident: Incident | null, { channel }: Place): string {
  return JSON.stringify({ incident: incident?.number ?? null, channel } satisfies FormMeta);
}

/** For a click that says which form it wants: the form opens before anything is looked up. */
export async function openFormFirst(door: SlackDoor, name: FormName, place: Place, trigger: string, find: () => Promise<Answer>): Promise<void> {
  const id = await door.chat.openForm(trigger, loading(name, "{}"));
  const answer = await find();
  if (answer.kind !== "form") {
    const message = answer.kind === "problem" ? answer.text : "Say of which incident: `/incident INC-n …`";
    await door.chat.updateForm(id, { ...loading(name, "{}"), blocks: views.said(message).blocks });
    return;
  }
  await door.chat.updateForm(id, form(answer.form, answer.incident, door.policy(), metaOf(answer.incident, place)));
}

async function look(door: SlackDoor, answer: Extract<Answer, { kind: "show" }>, who: Person): Promise<SlackMessage> {
  const { incident, argument, asker } = answer;
  const { read, clock, policy, pageUrl } = door;
  const open = async (): Promise<readonly Incident[]> =>
    (await read.incidents({ status: OPEN_STATUSES, limit: 100 })).filter((each) => !each.private || isResponder(each, who));
  switch (answer.show) {
    case "help":
      return views.helpMessage(argument);
    case "list":
      return views.listMessage(await open(), pageUrl);
    case "oncall":
      return views.oncallMessage(policy(), argument);
    case "stats": {
      const now = clock();
      const figures = await read.statistics({ from: now - USUAL_DAYS * 86_400_000, to: now, service: argument, private: false, zone: asker.zone });
      return views.statsMessage(figures, USUAL_DAYS);
    }
    case "status":
      return views.statusMessage(incident!, pageUrl(incident!.number), clock());
    case "roles":
      return views.rolesMessage(incident!, await read.tenures(incident!.number), clock());
    case "tasks":
      return views.tasksMessage(incident!);
    case "postmortem":
      return views.postmortemMessage(incident!, pageUrl(incident!.number));
    case "timeline":
      return views.timelineMessage(incident!, (await read.timeline(incident!.number)) ?? [], pageUrl(incident!.number), asker.zone);
  }
}
