import { randomUUID } from "node:crypto";
import { isJson, type JsonObject, jsonList, stringOrEmpty } from "#test/support/builders/json.ts";
import type { ApiGate } from "./api-gate.ts";
import type { WorkspaceView } from "./workspace-view.ts";
import type { SlackWorkspace } from "./slack-workspace.ts";
import { wallClock } from "#test/support/harness/test-clock.ts";
import { clickables, picked } from "./clickable-parts.ts";
import { deliverForm, postDelivery, type ProductEndpoint, type SlackDelivery } from "./signed-delivery.ts";

/** `as` is a person's id. `value` is a button's value, a static select's or overflow's option, or a picked user's id. */
export type ButtonClick = ProductEndpoint & {
  readonly as: string;
  readonly actionId: string;
  readonly value?: string;
  readonly blockId?: string;
  readonly channelId: string;
  readonly messageTs: string;
};

/** `values` by block and action: a string is typed text, anything else is sent as it is. */
export type FormSubmission = ProductEndpoint & {
  readonly as: string;
  readonly callbackId: string;
  readonly privateMetadata?: string;
  readonly values: Readonly<Record<string, Readonly<Record<string, string | object>>>>;
};

/** A click on something in a form or in someone's home: there is no channel, no message and no response_url. */
export type ViewClick = ProductEndpoint & {
  readonly as: string;
  readonly view: JsonObject;
  readonly actionId: string;
  readonly value?: string;
};

/** A message shortcut, chosen from the menu of a message. */
export type MessageShortcut = ProductEndpoint & {
  readonly as: string;
  readonly callbackId: string;
  readonly channelId: string;
  readonly ts: string;
};

/** `/incident text`, typed in a channel. */
export type SlashCommand = ProductEndpoint & {
  readonly as: string;
  readonly command: string;
  readonly text: string;
  readonly channelId: string;
};

/** Someone at a keyboard: Slack sends the product what they do, signed as Slack signs. */
export type PersonActions = {
  click(click: ButtonClick): Promise<SlackDelivery>;
  clickInView(click: ViewClick): Promise<SlackDelivery>;
  submitView(submit: FormSubmission): Promise<SlackDelivery>;
  shortcut(chosen: MessageShortcut): Promise<SlackDelivery>;
  command(command: SlashCommand): Promise<SlackDelivery>;
  /** Sends the very same signed request again, marked as Slack marks its retries of events. */
  redeliver(previous: SlackDelivery): Promise<SlackDelivery>;
};

const TEAM = { id: "T000000001", domain: "example" };

/** Lets people act in the workspace. Their trigger ids are real: `views.open` takes each once, for 2–3 s. */
export function createPersonActions(workspace: SlackWorkspace, view: WorkspaceView, gate: ApiGate): PersonActions {
  const keyboard = new Keyboard(workspace, view, gate);
  return {
    click: (click) => clickButton(keyboard, click),
    clickInView: (click) => clickInView(keyboard, click),
    shortcut: (chosen) => chooseShortcut(keyboard, chosen),
    submitView: (submit) => submitForm(keyboard, submit),
    command: (typed) => typeCommand(keyboard, typed),
    redeliver: ({ request, triggerId }) => {
      const retry =
        request.headers["content-type"] === "application/json"
          ? { "x-slack-retry-num": "1", "x-slack-retry-reason": "http_timeout" }
          : {};
      return postDelivery({ ...request, headers: { ...request.headers, ...retry } }, triggerId);
    },
  };
}

/** Where people sit: what every action needs of the workspace. */
class Keyboard {
  readonly workspace: SlackWorkspace;
  readonly view: WorkspaceView;
  readonly gate: ApiGate;

  constructor(workspace: SlackWorkspace, view: WorkspaceView, gate: ApiGate) {
    this.workspace = workspace;
    this.view = view;
    this.gate = gate;
  }

  /** What a payload has of the person who acts, with a fresh trigger. */
  async signs(as: string): Promise<{ readonly common: JsonObject; readonly triggerId: string; readonly name: string }> {
    const name = Object.values(this.workspace.people).find((person) => person.id === as)?.name ?? as;
    const trigger = await this.workspace.call("views.generateTriggerId", { user_id: as });
    const triggerId = stringOrEmpty(trigger.trigger_id);
    const user = { id: as, username: name, name, team_id: TEAM.id };
    const common = {
      user,
      team: TEAM,
      api_app_id: this.workspace.bot.appId,
      token: "verification",
      trigger_id: triggerId,
      enterprise: null,
      is_enterprise_install: false,
    };
    return { common, triggerId, name };
  }

  responseUrl(): string {
    return `${this.gate.url}/respond/${randomUUID()}`;
  }

  async channel(id: string): Promise<JsonObject> {
    return { id, name: (await this.view.channel(id))?.name ?? "directmessage" };
  }
}

async function clickButton(keyboard: Keyboard, click: ButtonClick): Promise<SlackDelivery> {
  const { common, triggerId } = await keyboard.signs(click.as);
  const message = (await keyboard.view.messages(click.channelId)).find(({ ts }) => ts === click.messageTs);
  const named = clickables(message?.blocks ?? []).filter(({ actionId }) => actionId === click.actionId);
  const clicked = named.find(
    ({ blockId, value }) =>
      (click.blockId === undefined || blockId === click.blockId) &&
      (click.value === undefined || value === "" || value === click.value),
  );
  const type = clicked?.type ?? "button";
  const action = {
    type,
    action_id: click.actionId,
    block_id: click.blockId ?? clicked?.blockId ?? "b0",
    action_ts: (wallClock() / 1000).toFixed(6),
    ...(type === "button" && { text: { type: "plain_text", text: clicked?.text ?? click.actionId, emoji: true } }),
    ...picked(type, click.value ?? clicked?.value ?? ""),
  };
  const payload = {
    type: "block_actions",
    ...common,
    container: {
      type: "message",
      message_ts: click.messageTs,
      channel_id: click.channelId,
      is_ephemeral: message === undefined,
    },
    channel: await keyboard.channel(click.channelId),
    ...(message !== undefined && {
      message: {
        type: "message",
        ...message,
        bot_id: keyboard.workspace.bot.botId,
        app_id: keyboard.workspace.bot.appId,
      },
    }),
    state: { values: {} },
    response_url: keyboard.responseUrl(),
    actions: [action],
  };
  return deliverForm(click, { payload: JSON.stringify(payload) }, triggerId);
}

async function clickInView(keyboard: Keyboard, click: ViewClick): Promise<SlackDelivery> {
  const { common, triggerId } = await keyboard.signs(click.as);
  const found = clickables(jsonList(click.view.blocks)).find(
    ({ actionId, value }) => actionId === click.actionId && (click.value === undefined || value === click.value),
  );
  if (found === undefined) throw new Error(`the view has no ${click.actionId}`);
  const action = {
    type: "button",
    action_id: found.actionId,
    block_id: found.blockId,
    action_ts: (wallClock() / 1000).toFixed(6),
    text: { type: "plain_text", text: found.text, emoji: true },
    ...(found.value !== "" && { value: found.value }),
  };
  const payload = {
    type: "block_actions",
    ...common,
    container: { type: "view", view_id: click.view.id },
    view: { team_id: TEAM.id, state: { values: {} }, ...click.view },
    actions: [action],
  };
  return deliverForm(click, { payload: JSON.stringify(payload) }, triggerId);
}

async function chooseShortcut(keyboard: Keyboard, chosen: MessageShortcut): Promise<SlackDelivery> {
  const { common, triggerId } = await keyboard.signs(chosen.as);
  const thread = jsonList(
    (await keyboard.workspace.call("conversations.replies", { channel: chosen.channelId, ts: chosen.ts })).messages,
  );
  const message = thread.find(({ ts }) => ts === chosen.ts);
  if (message === undefined) throw new Error(`there is no message ${chosen.ts}`);
  const payload = {
    type: "message_action",
    ...common,
    callback_id: chosen.callbackId,
    action_ts: (wallClock() / 1000).toFixed(6),
    message_ts: chosen.ts,
    channel: await keyboard.channel(chosen.channelId),
    message,
    response_url: keyboard.responseUrl(),
  };
  return deliverForm(chosen, { payload: JSON.stringify(payload) }, triggerId);
}

async function submitForm(keyboard: Keyboard, submit: FormSubmission): Promise<SlackDelivery> {
  const { common, triggerId } = await keyboard.signs(submit.as);
  const views = keyboard.gate.calls
    .map(({ method, answer }) => (method.startsWith("views.") ? answer?.view : null))
    .filter(isJson);
  const known = views.findLast((each) => each.callback_id === submit.callbackId) ?? {
    id: "V000000001",
    type: "modal",
    blocks: [],
    hash: "1.0",
    private_metadata: "",
  };
  const typed = (value: string | object): object =>
    typeof value === "string" ? { type: "plain_text_input", value } : value;
  const values = Object.fromEntries(
    Object.entries(submit.values).map(([block, actions]) => [
      block,
      Object.fromEntries(Object.entries(actions).map(([action, value]) => [action, typed(value)])),
    ]),
  );
  const metadata = submit.privateMetadata ?? stringOrEmpty(known.private_metadata);
  const submitted = {
    ...known,
    team_id: TEAM.id,
    callback_id: submit.callbackId,
    private_metadata: metadata,
    state: { values },
  };
  return deliverForm(
    submit,
    { payload: JSON.stringify({ type: "view_submission", ...common, view: submitted, response_urls: [] }) },
    triggerId,
  );
}

async function typeCommand(keyboard: Keyboard, typed: SlashCommand): Promise<SlackDelivery> {
  const { triggerId, name } = await keyboard.signs(typed.as);
  const channel = await keyboard.channel(typed.channelId);
  const form = {
    token: "verification",
    team_id: TEAM.id,
    team_domain: TEAM.domain,
    channel_id: typed.channelId,
    channel_name: stringOrEmpty(channel.name),
    user_id: typed.as,
    user_name: name,
  };
  const rest = {
    command: typed.command,
    text: typed.text,
    api_app_id: keyboard.workspace.bot.appId,
    is_enterprise_install: "false",
    response_url: keyboard.responseUrl(),
    trigger_id: triggerId,
  };
  return deliverForm(typed, { ...form, ...rest }, triggerId);
}
