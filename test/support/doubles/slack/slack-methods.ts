import { isJson, type JsonObject, stringOrEmpty } from "#test/support/builders/json.ts";
import { blockProblems, tooMuchText, viewProblems } from "./slack-limits.ts";

/** Slack's no: `error` in its own words, `messages` for people. */
export type SlackRefusal = { readonly error: string; readonly messages: readonly string[] };

/** The methods the product uses and what each cannot do without; `a|b` asks for one of the two. */
const REQUIRED: Readonly<Record<string, readonly string[]>> = {
  "auth.test": [],
  "conversations.create": ["name"],
  "conversations.invite": ["channel", "users"],
  "conversations.archive": ["channel"],
  "conversations.setTopic": ["channel", "topic"],
  "conversations.info": ["channel"],
  "conversations.history": ["channel"],
  "conversations.join": ["channel"],
  "conversations.open": ["channel|users"],
  "conversations.replies": ["channel", "ts"],
  "conversations.members": ["channel"],
  "reactions.add": ["channel", "timestamp", "name"],
  "reactions.remove": ["channel", "timestamp", "name"],
  "chat.getPermalink": ["channel", "message_ts"],
  "usergroups.list": [],
  "usergroups.users.list": ["usergroup"],
  "usergroups.users.update": ["usergroup", "users"],
  "views.publish": ["user_id", "view"],
  "conversations.list": [],
  "users.conversations": [],
  "users.info": ["user"],
  "users.lookupByEmail": ["email"],
  "chat.postMessage": ["channel"],
  "chat.update": ["channel", "ts"],
  "chat.postEphemeral": ["channel", "user"],
  "pins.add": ["channel", "timestamp"],
  "bookmarks.add": ["channel_id", "link", "title", "type"],
  "bookmarks.list": ["channel_id"],
  "conversations.canvases.create": ["channel_id"],
  "canvases.edit": ["canvas_id", "changes"],
  "canvases.sections.lookup": ["canvas_id", "criteria"],
  "views.open": ["view", "trigger_id|interactivity_pointer"],
  "views.update": ["view", "view_id|external_id"],
  "files.getUploadURLExternal": ["filename", "length"],
  "files.completeUploadExternal": ["files"],
};

const MAY_BE_EMPTY = new Set(["topic"]);

const no = (error: string, ...messages: readonly string[]): SlackRefusal => ({ error, messages });

function missingArguments(method: string, body: JsonObject): SlackRefusal | null {
  const given = (name: string): boolean =>
    body[name] !== undefined && body[name] !== null && (body[name] !== "" || MAY_BE_EMPTY.has(name));
  const absent = (REQUIRED[method] ?? []).filter((wanted) => !wanted.split("|").some(given));
  return absent.length === 0
    ? null
    : no("invalid_arguments", ...absent.map((name) => `[ERROR] missing required field: ${name}`));
}

function channelName(name: string): SlackRefusal | null {
  if (name.length > 80) return no("invalid_name_maxlength", `${name.length} characters, 80 allowed: ${name}`);
  if (!/^[a-z0-9_-]+$/.test(name)) return no("invalid_name_specials", `only a-z 0-9 _ - allowed: ${name}`);
  return /[a-z0-9]/.test(name) ? null : no("invalid_name_punctuation", name);
}

function message(method: string, body: JsonObject): SlackRefusal | null {
  const limit = method === "chat.update" ? 4_000 : 40_000;
  const text = stringOrEmpty(body.text);
  if (text.length > limit) return no("msg_too_long", `text has ${text.length} characters, ${limit} allowed`);
  if (body.blocks === undefined) return null;
  const problems = blockProblems(body.blocks, 50);
  if (problems.length > 0) return no("invalid_blocks", ...problems);
  return tooMuchText(body.blocks) ? no("msg_blocks_too_long", "the blocks show more than 13200 characters") : null;
}

function view(body: JsonObject, type: "modal" | "home"): SlackRefusal | null {
  if (!isJson(body.view)) return no("invalid_arguments", "[ERROR] view is not a JSON object");
  if (JSON.stringify(body.view).length > 250_000) return no("view_too_large", "more than 250 kB");
  const problems = viewProblems(body.view, type);
  return problems.length === 0 ? null : no("invalid_arguments", ...problems);
}

/** What Slack would refuse about this call before it looks at the workspace; null when it would go on. */
export function refusalOf(method: string, body: JsonObject): SlackRefusal | null {
  const missing = missingArguments(method, body);
  if (missing !== null) return missing;
  switch (method) {
    case "conversations.create":
      return channelName(stringOrEmpty(body.name));
    case "conversations.setTopic":
      return stringOrEmpty(body.topic).length > 250
        ? no("too_long", `topic has ${stringOrEmpty(body.topic).length} characters, 250 allowed`)
        : null;
    case "conversations.history":
    case "conversations.replies":
    case "conversations.list":
    case "users.conversations":
      return Number(body.limit ?? 100) >= 1_000
        ? no("invalid_limit", `limit ${String(body.limit)}, 999 allowed`)
        : null;
    case "chat.postMessage":
    case "chat.update":
    case "chat.postEphemeral":
      return message(method, body);
    case "views.open":
    case "views.update":
      return view(body, "modal");
    case "views.publish":
      return view(body, "home");
    case "reactions.add":
    case "reactions.remove":
      return /^[a-z0-9_+'-]+(?:::skin-tone-[2-6])?$/.test(stringOrEmpty(body.name))
        ? null
        : no("invalid_name", `no emoji is called ${stringOrEmpty(body.name)}`);
    default:
      return null;
  }
}

/** A rule of this house rather than of Slack: blocks need a `text` for notifications and screen readers. */
export function lacksFallbackText(method: string, body: JsonObject): boolean {
  return method.startsWith("chat.") && body.blocks !== undefined && stringOrEmpty(body.text) === "";
}
