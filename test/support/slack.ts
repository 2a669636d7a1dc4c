import type { Json } from "./json.ts";
import type { Fault, FaultRequest } from "./slack-faults.ts";
import { type Call, startGate } from "./slack-gate.ts";
import { createDoings, type Doings } from "./slack-events.ts";
import { createHands, type Hands } from "./slack-person.ts";
import { viewWorkspace, type WorkspaceView } from "./slack-view.ts";
import { type Answer, type Bot, type Group, type Person, type PersonName, type Workspace, startWorkspace } from "./slack-workspace.ts";

export type { Fault, FaultKind, FaultRequest } from "./slack-faults.ts";
export type { Call } from "./slack-gate.ts";
export { type Clickable, type Delivery, findButton, type Hands } from "./slack-person.ts";
export type { SeenBookmark, SeenChannel, SeenFile, SeenMessage } from "./slack-view.ts";
export type { Answer, Bot, Person, PersonName } from "./slack-workspace.ts";

/** `tiers` answers 429 as Slack's rate tiers do; `latencyMs` delays every answer. */
export type SlackOptions = { readonly token?: string; readonly tiers?: boolean; readonly latencyMs?: number };

/** A Slack workspace: emulated, strict, and able to misbehave. */
export type Slack = WorkspaceView &
  Hands &
  Doings & {
    /** For WebClient's `slackApiUrl`. */
    readonly apiUrl: string;
    readonly url: string;
    /** The one bot token it takes. */
    readonly token: string;
    readonly bot: Bot;
    readonly people: Readonly<Record<PersonName, Person>>;
    /** The time zones of people's clocks, by their ids, and the user groups by theirs: a test may set them. */
    readonly zones: Map<string, string>;
    readonly groups: Map<string, Group>;
    readonly canvases: Workspace["canvases"];
    /** Every call the product made, in order of arrival; those still on their way have no `answer`. */
    readonly calls: readonly Call[];
    callsOf(method: string): Call[];
    /** Everything Slack would have refused as malformed; empty after a good test. */
    readonly violations: readonly string[];
    fault(request: FaultRequest): Fault;
    /** Ends every fault, used up or not. */
    heal(): void;
    /** Resets every connection, open or new, until `up`. */
    down(): void;
    up(): void;
    /** Forgets calls and violations. */
    forget(): void;
    /** What a person (or without `as` the bot) does in the workspace by other means than the product. */
    behind(method: string, body: Json, as?: string): Promise<Answer>;
    close(): Promise<void>;
  };

/** Starts a workspace with alice, bob, charlie and dana, and the channels incidents, payments and digest, where the bot is no member. */
export async function startSlack(options: SlackOptions = {}): Promise<Slack> {
  const token = options.token ?? "xoxb-muster-test";
  const workspace = await startWorkspace();
  const gate = await startGate(workspace, { token, tiers: options.tiers ?? false, latencyMs: options.latencyMs ?? 0 });
  const view = viewWorkspace(workspace);
  return {
    ...view,
    ...createHands(workspace, view, gate),
    ...createDoings(workspace),
    url: gate.url,
    apiUrl: `${gate.url}/api/`,
    token,
    bot: workspace.bot,
    people: workspace.people,
    zones: workspace.zones,
    groups: workspace.groups,
    canvases: workspace.canvases,
    calls: gate.calls,
    callsOf: (method) => gate.calls.filter((call) => call.method === method),
    violations: gate.violations,
    fault: (request) => gate.faults.add(request),
    heal: () => gate.faults.clear(),
    down: () => gate.setDown(true),
    up: () => gate.setDown(false),
    forget: () => {
      gate.calls.length = 0;
      gate.violations.length = 0;
    },
    behind: (method, body, as) => workspace.call(method, body, as),
    close: () => gate.close(),
  };
}
