import { isJson, isTrue, type Json, jsonList, str } from "./json.ts";
import type { Answer, Workspace } from "./slack-workspace.ts";

/** Answers a call that passed the gate: the emulator's answer, made Slack's where the two differ. */
export type Answering = (method: string, body: Json) => Promise<Answer>;

/** User groups by their handle, with their members: the emulator knows none. */
export type UserGroups = Map<string, readonly string[]>;

const ms = (seconds: unknown): number => Math.round(Number(seconds) * 1000);

/** One page of a list, newest or first in front; the cursor is the place where the next page starts. */
function page(key: string, items: readonly Json[], body: Json): Answer {
  const start = Number(Buffer.from(str(body.cursor), "base64url").toString().replace("at:", "")) || 0;
  const end = start + (Number(body.limit) || 100);
  const next = end < items.length ? Buffer.from(`at:${end}`).toString("base64url") : "";
  return { ok: true, [key]: items.slice(start, end), has_more: next !== "", response_metadata: { next_cursor: next } };
}

/** The emulator has no users.conversations. Its list knows who is a member, `created` (in seconds) and `creator`. */
async function myConversations(workspace: Workspace, body: Json): Promise<Answer> {
  const { types, exclude_archived } = body;
  const channels = await workspace.all("conversations.list", "channels", { types: types ?? "public_channel", exclude_archived });
  return page(
    "channels",
    channels.filter((channel) => channel.is_member === true),
    body,
  );
}

/** With `force` Slack adds whom it can and lists the others; the emulator adds everybody or nobody. */
async function invite(workspace: Workspace, body: Json): Promise<Answer> {
  const answer = await workspace.call("conversations.invite", body);
  const errors = jsonList(answer.errors);
  if (answer.ok || !isTrue(body.force) || errors.length === 0) return answer;
  const refused = new Set(errors.map((error) => error.user));
  const users = str(body.users)
    .split(",")
    .filter((user) => !refused.has(user.trim()));
  if (users.length === 0) return answer;
  const second = await workspace.call("conversations.invite", { ...body, users: users.join(",") });
  return second.ok ? { ...second, errors } : second;
}

/** Puts Slack's own behaviour in front of the emulator's. */
export function createAnswering(workspace: Workspace, groups: UserGroups): Answering {
  /** When each message was really posted: the emulator's ts counts messages where Slack's has microseconds. */
  const postedAt = new Map<string, number>();

  const history = async (body: Json): Promise<Answer> => {
    for (const edge of ["oldest", "latest"]) {
      if (body[edge] !== undefined && !Number.isFinite(Number(body[edge]))) return { ok: false, error: `invalid_ts_${edge}` };
    }
    const channel = str(body.channel);
    const info = await workspace.call("conversations.info", { channel });
    if (!info.ok) return info;
    if (!isJson(info.channel) || info.channel.is_member !== true) return { ok: false, error: "not_in_channel" };
    const all = await workspace.all("conversations.history", "messages", { channel });
    const known = new Set(all.map((message) => message.ts));
    const inclusive = isTrue(body.inclusive);
    const time = (message: Json, unsure: number): number => postedAt.get(`${channel} ${str(message.ts)}`) ?? Math.floor(Number(message.ts)) * 1000 + unsure;
    const wanted = all.filter((message) => {
      const ts = str(message.ts);
      const { oldest, latest } = body;
      const exact = inclusive && (ts === oldest || ts === latest);
      const after = oldest === undefined || (known.has(oldest) ? ts > str(oldest) : time(message, 999) >= ms(oldest));
      const before = latest === undefined || (known.has(latest) ? ts < str(latest) : time(message, 0) <= ms(latest));
      return exact || (after && before);
    });
    const shown = isTrue(body.include_all_metadata) ? wanted : wanted.map((message) => ({ ...message, metadata: undefined }));
    return page("messages", shown, body);
  };

  /** Slack takes a name, with or without `#`, and marks a bot's messages; the emulator takes only the bare name. */
  const post = async (body: Json): Promise<Answer> => {
    const at = Date.now();
    const { botId, appId } = workspace.bot;
    const answer = await workspace.call("chat.postMessage", { ...body, channel: str(body.channel).replace(/^#/, ""), bot_id: botId, app_id: appId });
    if (answer.ok) postedAt.set(`${str(answer.channel)} ${str(answer.ts)}`, at);
    return answer;
  };

  return (method, body) => {
    if (method === "users.conversations") return myConversations(workspace, body);
    if (method === "conversations.invite") return invite(workspace, body);
    if (method === "conversations.history") return history(body);
    if (method === "chat.postMessage") return post(body);
    if (method === "usergroups.list")
      return Promise.resolve({ ok: true, usergroups: [...groups].map(([handle], i) => ({ id: `S0GROUP0${i}`, handle, name: handle, is_usergroup: true })) });
    if (method === "usergroups.users.list") {
      const members = [...groups.values()][Number(/^S0GROUP0(\d+)$/.exec(str(body.usergroup))?.[1] ?? -1)];
      return Promise.resolve(members === undefined ? { ok: false, error: "no_such_subteam" } : { ok: true, users: [...members] });
    }
    if (method === "views.generateTriggerId") return Promise.resolve({ ok: false, error: "unknown_method" });
    return workspace.call(method, body);
  };
}
