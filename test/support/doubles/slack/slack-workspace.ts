import { createEmulator } from "emulate";
import { isJson, type JsonObject, jsonList, stringOrEmpty } from "#test/support/builders/json.ts";

/** What a Web API method answers. */
export type MethodAnswer = { readonly ok: boolean; readonly error?: string; readonly [key: string]: unknown };

/** The canvases of channels: at most one each. */
export type WorkspaceCanvases = Map<string, { readonly id: string; markdown: string }>;

/** Someone in the workspace. */
export type WorkspacePerson = { readonly id: string; readonly name: string; readonly email: string };

/** A user group: its handle, and the ids of its members. */
export type UserGroup = { readonly handle: string; readonly users: readonly string[] };

/** The seeded people. */
export type PersonName = "alice" | "bob" | "charlie" | "dana";

/** The app as Slack has it. */
export type WorkspaceBot = {
  readonly userId: string;
  readonly botId: string;
  readonly appId: string;
  readonly teamId: string;
};

/** The emulated workspace behind the gate, without limits and faults. */
export type SlackWorkspace = {
  /** How the emulator calls itself in its answers. */
  readonly origin: string;
  readonly bot: WorkspaceBot;
  readonly people: Readonly<Record<PersonName, WorkspacePerson>>;
  /** The ids of the people who are there in number only. */
  readonly crowd: readonly string[];
  /** The time zone of a person's clock, by their id; UTC for everyone else. */
  readonly zones: Map<string, string>;
  /** User groups by their id. */
  readonly groups: Map<string, UserGroup>;
  /** The canvas of a channel, by the channel's id. */
  readonly canvases: WorkspaceCanvases;
  /** Calls as the bot, or as a person; a method the emulator lacks answers unknown_method. */
  call(method: string, body: JsonObject, as?: string): Promise<MethodAnswer>;
  /** Every page of a list method, its `key`s joined. */
  all(method: string, key: string, body: JsonObject): Promise<JsonObject[]>;
  /** Fetches one of the emulator's other pages as the bot: uploads, files. */
  fetch(
    path: string,
    init?: {
      readonly method: string;
      readonly headers: Readonly<Record<string, string>>;
      readonly body: Uint8Array<ArrayBuffer>;
    },
  ): Promise<Response>;
  close(): Promise<void>;
};

const BOT: WorkspaceBot = { userId: "U0MUSTERBOT", botId: "B0MUSTERBOT", appId: "A0MUSTERAPP", teamId: "T000000001" };
const NAMES: readonly PersonName[] = ["alice", "bob", "charlie", "dana"];
const CHANNELS = ["incidents", "payments", "digest"];
/** The emulator answers 403 from the 5000th call of a token in an hour on, so the bot has many. */
const TOKENS = Array.from({ length: 200 }, (_, i) => `xoxb-emulated-${i}`);

/** @param crowd how many more people, each without a token of their own: "person 1" and so on */
const seedOf = (crowd: number) => ({
  slack: {
    team: { name: "Example", domain: "example" },
    users: [...NAMES, ...crowdNames(crowd)].map((name) => ({
      name,
      real_name: `${name.charAt(0).toUpperCase()}${name.slice(1)} Example`,
      email: `${name}@example.com`,
    })),
    channels: CHANNELS.map((name) => ({ name })),
    oauth_apps: [
      {
        client_id: "1.2",
        client_secret: "x",
        name: "Muster",
        redirect_uris: [],
        app_id: BOT.appId,
        bot_id: BOT.botId,
        bot_user_id: BOT.userId,
        bot_name: "muster",
      },
    ],
    tokens: [
      ...TOKENS.map((token) => ({
        token,
        type: "bot",
        user_id: BOT.userId,
        app_id: BOT.appId,
        bot_id: BOT.botId,
        bot_user_id: BOT.userId,
      })),
      ...NAMES.map((name) => ({ token: `xoxp-${name}`, type: "user", user: name })),
    ],
  },
});

const crowdNames = (crowd: number): readonly string[] => Array.from({ length: crowd }, (_, i) => `person${i + 1}`);

/** Starts the emulator with the bot, four people and a crowd, and three channels that the bot is not a member of. */
export async function startWorkspace(crowd = 0): Promise<SlackWorkspace> {
  const emulator = await createEmulator({ service: "slack", port: 0, seed: seedOf(crowd) });
  const { port } = new URL(emulator.url);
  const url = `http://127.0.0.1:${port}`;
  let turn = 0;
  const send = async (method: string, body: JsonObject, token: string): Promise<MethodAnswer> => {
    const response = await fetch(`${url}/api/${method}`, {
      method: "POST",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json; charset=utf-8" },
      body: JSON.stringify(body),
    });
    if (response.status === 404) return { ok: false, error: "unknown_method" };
    if (!response.ok)
      throw new Error(`the emulator answered ${method} with ${response.status}: ${await response.text()}`);
    const answer: unknown = await response.json();
    if (!isJson(answer)) throw new Error(`the emulator answered ${method} with something that is no object`);
    return { ...answer, ok: answer.ok === true };
  };
  const nextToken = (): string => TOKENS[turn++ % TOKENS.length] ?? "";
  const users = jsonList((await send("users.list", { limit: 1000 }, nextToken())).members);
  const person = (name: PersonName): WorkspacePerson => {
    const found = users.find((user) => user.name === name);
    return { id: stringOrEmpty(found?.id), name, email: `${name}@example.com` };
  };
  const people = { alice: person("alice"), bob: person("bob"), charlie: person("charlie"), dana: person("dana") };
  const tokenOf = (id: string): string => {
    const found = Object.values(people).find((each) => each.id === id);
    if (found === undefined) throw new Error(`nobody in the workspace is ${id}`);
    return `xoxp-${found.name}`;
  };

  const call: SlackWorkspace["call"] = (method, body, as) =>
    send(method, body, as === undefined ? nextToken() : tokenOf(as));
  return {
    origin: `http://localhost:${port}`,
    bot: BOT,
    people,
    crowd: crowdNames(crowd).map((name) => stringOrEmpty(users.find((user) => user.name === name)?.id)),
    zones: new Map(),
    groups: new Map(),
    canvases: new Map(),
    call,
    all: async (method, key, body) => {
      const found: JsonObject[] = [];
      for (let cursor = ""; ;) {
        const answer = await call(method, { ...body, limit: 1000, cursor });
        if (!answer.ok) throw new Error(`${method}: ${answer.error ?? "?"}`);
        found.push(...jsonList(answer[key]));
        cursor = isJson(answer.response_metadata) ? stringOrEmpty(answer.response_metadata.next_cursor) : "";
        if (cursor === "") return found;
      }
    },
    fetch: (path, init) =>
      fetch(`${url}${path}`, { ...init, headers: { ...init?.headers, authorization: `Bearer ${nextToken()}` } }),
    close: () => emulator.close(),
  };
}
