import { isJson, isTrue, type JsonObject, jsonList, stringOrEmpty } from "#test/support/builders/json.ts";
import { canvasAnswer } from "./slack-canvases.ts";
import type { MethodAnswer, SlackWorkspace } from "./slack-workspace.ts";
import { wallClock } from "#test/support/harness/test-clock.ts";

/** Answers a call that passed the gate: the emulator's answer, made Slack's where the two differ. */
export type MethodAnswering = (method: string, body: JsonObject) => Promise<MethodAnswer>;

const ms = (seconds: unknown): number => Math.round(Number(seconds) * 1000);

/** One page of a list, newest or first in front; the cursor is the place where the next page starts. */
function page(key: string, items: readonly JsonObject[], body: JsonObject): MethodAnswer {
  const start = Number(Buffer.from(stringOrEmpty(body.cursor), "base64url").toString().replace("at:", "")) || 0;
  const end = start + (Number(body.limit) || 100);
  const next = end < items.length ? Buffer.from(`at:${end}`).toString("base64url") : "";
  return { ok: true, [key]: items.slice(start, end), has_more: next !== "", response_metadata: { next_cursor: next } };
}

/** The emulator has no users.conversations. Its list shows who is a member, `created` (in seconds) and `creator`. */
async function myConversations(workspace: SlackWorkspace, body: JsonObject): Promise<MethodAnswer> {
  const { types, exclude_archived } = body;
  const channels = await workspace.all("conversations.list", "channels", {
    types: types ?? "public_channel",
    exclude_archived,
  });
  return page(
    "channels",
    channels.filter((channel) => channel.is_member === true),
    body,
  );
}

/** With `force` Slack adds whom it can and lists the others; the emulator adds everyone or no one. */
async function invite(workspace: SlackWorkspace, body: JsonObject): Promise<MethodAnswer> {
  const answer = await workspace.call("conversations.invite", body);
  const errors = jsonList(answer.errors);
  if (answer.ok || !isTrue(body.force) || errors.length === 0) return answer;
  const refused = new Set(errors.map((error) => error.user));
  const users = stringOrEmpty(body.users)
    .split(",")
    .filter((user) => !refused.has(user.trim()));
  if (users.length === 0) return answer;
  const second = await workspace.call("conversations.invite", { ...body, users: users.join(",") });
  return second.ok ? { ...second, errors } : second;
}

/** The emulator's people have no clocks. */
async function userInfo(workspace: SlackWorkspace, body: JsonObject): Promise<MethodAnswer> {
  const answer = await workspace.call("users.info", body);
  return isJson(answer.user)
    ? { ...answer, user: { ...answer.user, tz: workspace.zones.get(stringOrEmpty(body.user)) ?? "Etc/UTC" } }
    : answer;
}

/** The emulator has no user groups. */
function groups({ groups: all, bot }: SlackWorkspace): MethodAnswer {
  const usergroups = [...all].map(([id, { handle, users }]) => ({
    id,
    team_id: bot.teamId,
    is_usergroup: true,
    handle,
    name: handle,
    user_count: users.length,
  }));
  return { ok: true, usergroups };
}

function groupMembers({ groups: all }: SlackWorkspace, body: JsonObject): MethodAnswer {
  const found = all.get(stringOrEmpty(body.usergroup));
  return found === undefined ? { ok: false, error: "no_such_subteam" } : { ok: true, users: found.users };
}

/** https://docs.slack.dev/reference/methods/usergroups.users.update: a list of ids, which may not be empty. */
function setMembers({ groups: all, people }: SlackWorkspace, body: JsonObject): MethodAnswer {
  const found = all.get(stringOrEmpty(body.usergroup));
  const users = stringOrEmpty(body.users).split(",");
  if (found === undefined) return { ok: false, error: "no_such_subteam" };
  if (users.some((user) => !Object.values(people).some(({ id }) => id === user)))
    return { ok: false, error: "invalid_users" };
  all.set(stringOrEmpty(body.usergroup), { ...found, users });
  return { ok: true, usergroup: { id: stringOrEmpty(body.usergroup) } };
}

/** A private channel that the bot is not in does not exist for it. */
async function unseen(workspace: SlackWorkspace, method: string, body: JsonObject): Promise<MethodAnswer> {
  const answer = await workspace.call(method, body);
  const canvas = workspace.canvases.get(stringOrEmpty(body.channel));
  if (isJson(answer.channel) && canvas !== undefined)
    return {
      ...answer,
      channel: { ...answer.channel, properties: { canvas: { file_id: canvas.id, is_empty: false } } },
    };
  return answer.error === "not_in_channel" ? { ok: false, error: "channel_not_found" } : answer;
}

/**
 * A thread: its first message, then the replies between `oldest` and `latest`; of a reply's own ts, that reply. Of a
 * first message that was deleted a tombstone stays while there are replies. The emulator answers nothing for nothing.
 */
async function replies(workspace: SlackWorkspace, body: JsonObject): Promise<MethodAnswer> {
  const { channel, ts, oldest, latest } = body;
  const info = await workspace.call("conversations.info", { channel });
  if (!info.ok) return { ok: false, error: "channel_not_found" };
  if (!isJson(info.channel) || info.channel.is_member !== true) return { ok: false, error: "not_in_channel" };
  const answer = await workspace.call("conversations.replies", { channel, ts });
  const found = jsonList(answer.messages);
  if (!answer.ok || found.length === 0) return answer.ok ? { ok: false, error: "thread_not_found" } : answer;
  const tombstone = {
    type: "message",
    subtype: "tombstone",
    user: "USLACKBOT",
    text: "This message was deleted.",
    ts,
    thread_ts: ts,
  };
  const [first = tombstone, ...rest] = found.some((message) => message.ts === ts) ? found : [tombstone, ...found];
  const inclusive = isTrue(body.inclusive);
  const within = (message: JsonObject): boolean =>
    (inclusive && (message.ts === oldest || message.ts === latest)) ||
    ((oldest === undefined || stringOrEmpty(message.ts) > stringOrEmpty(oldest)) &&
      (latest === undefined || stringOrEmpty(message.ts) < stringOrEmpty(latest)));
  return page("messages", [first, ...rest.filter(within)], body);
}

/** When each message was really posted: the emulator's ts counts messages where Slack's has microseconds. */
type PostTimes = Map<string, number>;

async function history(workspace: SlackWorkspace, postedAt: PostTimes, body: JsonObject): Promise<MethodAnswer> {
  for (const edge of ["oldest", "latest"]) {
    if (body[edge] !== undefined && !Number.isFinite(Number(body[edge])))
      return { ok: false, error: `invalid_ts_${edge}` };
  }
  const channel = stringOrEmpty(body.channel);
  const info = await workspace.call("conversations.info", { channel });
  if (!info.ok) return info;
  if (!isJson(info.channel) || info.channel.is_member !== true) return { ok: false, error: "not_in_channel" };
  const all = await workspace.all("conversations.history", "messages", { channel });
  const known = new Set(all.map((message) => message.ts));
  const inclusive = isTrue(body.inclusive);
  const time = (message: JsonObject, unsure: number): number =>
    postedAt.get(`${channel} ${stringOrEmpty(message.ts)}`) ?? Math.floor(Number(message.ts)) * 1000 + unsure;
  const wanted = all.filter((message) => {
    const ts = stringOrEmpty(message.ts);
    const { oldest, latest } = body;
    const exact = inclusive && (ts === oldest || ts === latest);
    const after =
      oldest === undefined || (known.has(oldest) ? ts > stringOrEmpty(oldest) : time(message, 999) >= ms(oldest));
    const before =
      latest === undefined || (known.has(latest) ? ts < stringOrEmpty(latest) : time(message, 0) <= ms(latest));
    return exact || (after && before);
  });
  const shown = isTrue(body.include_all_metadata)
    ? wanted
    : wanted.map((message) => ({ ...message, metadata: undefined }));
  return page("messages", shown, body);
}

/** Puts Slack's own behaviour in front of the emulator's. */
export function createAnswering(workspace: SlackWorkspace): MethodAnswering {
  const postedAt: PostTimes = new Map();

  /** Slack takes a name, with or without `#`, and marks a bot's messages; the emulator takes only the bare name. */
  const post = async (body: JsonObject): Promise<MethodAnswer> => {
    const at = wallClock();
    const { botId, appId } = workspace.bot;
    const answer = await workspace.call("chat.postMessage", {
      ...body,
      channel: stringOrEmpty(body.channel).replace(/^#/, ""),
      bot_id: botId,
      app_id: appId,
    });
    if (answer.ok) postedAt.set(`${stringOrEmpty(answer.channel)} ${stringOrEmpty(answer.ts)}`, at);
    return answer;
  };

  return (method, body) => {
    if (method === "users.conversations") return myConversations(workspace, body);
    if (method === "conversations.invite") return invite(workspace, body);
    if (method === "conversations.history") return history(workspace, postedAt, body);
    if (method === "chat.postMessage") return post(body);
    if (method === "conversations.replies") return replies(workspace, body);
    if (method === "conversations.info" || method === "conversations.join") return unseen(workspace, method, body);
    if (method === "conversations.canvases.create" || method.startsWith("canvases."))
      return Promise.resolve(canvasAnswer(workspace.canvases, method, body));
    if (method === "users.info") return userInfo(workspace, body);
    if (method === "usergroups.list") return Promise.resolve(groups(workspace));
    if (method === "usergroups.users.list") return Promise.resolve(groupMembers(workspace, body));
    if (method === "usergroups.users.update") return Promise.resolve(setMembers(workspace, body));
    if (method === "views.generateTriggerId") return Promise.resolve({ ok: false, error: "unknown_method" });
    return workspace.call(method, body);
  };
}
