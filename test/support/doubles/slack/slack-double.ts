import { monotonic } from "#test/support/harness/test-clock.ts";
import type { JsonObject } from "#test/support/builders/json.ts";
import type { SlackFault, FaultRequest } from "./slack-faults.ts";
import { type ApiCall, startApiGate } from "./api-gate.ts";
import { createChannelActivity, type ChannelActivity } from "./channel-activity.ts";
import { createPersonActions, type PersonActions } from "./person-actions.ts";
import { viewWorkspace, type WorkspaceView } from "./workspace-view.ts";
import {
  type MethodAnswer,
  type WorkspaceBot,
  type UserGroup,
  type WorkspacePerson,
  type PersonName,
  type SlackWorkspace,
  startWorkspace,
} from "./slack-workspace.ts";

export type { SlackFault, FaultKind, FaultRequest } from "./slack-faults.ts";
export type { ApiCall } from "./api-gate.ts";
export { type ClickableButton, findButton } from "./clickable-parts.ts";
export type { PersonActions } from "./person-actions.ts";
export type { SlackDelivery } from "./signed-delivery.ts";
export type { SeenBookmark, SeenChannel, SeenFile, SeenMessage } from "./workspace-view.ts";
export type { MethodAnswer, WorkspaceBot, WorkspacePerson, PersonName } from "./slack-workspace.ts";

/** `tiers` answers 429 as Slack's rate tiers do; `latencyMs` delays every answer. */
export type SlackOptions = {
  readonly token?: string;
  readonly tiers?: boolean;
  readonly latencyMs?: number;
  /** How many people there are besides the four. */
  readonly crowd?: number;
  /** ms by which the buckets of the tiers fill; without it the real ones. */
  readonly elapsed?: () => number;
};

/** A Slack workspace: emulated, strict, and able to misbehave. */
export type SlackDouble = WorkspaceView &
  PersonActions &
  ChannelActivity & {
    /** For WebClient's `slackApiUrl`. */
    readonly apiUrl: string;
    readonly url: string;
    /** The one bot token it takes. */
    readonly token: string;
    readonly bot: WorkspaceBot;
    readonly people: Readonly<Record<PersonName, WorkspacePerson>>;
    readonly crowd: readonly string[];
    readonly teamId: string;
    /** The time zones of people's clocks, by their ids, and the user groups by theirs: a test may set them. */
    readonly zones: Map<string, string>;
    readonly groups: Map<string, UserGroup>;
    readonly canvases: SlackWorkspace["canvases"];
    /** Every call the product made, in order of arrival; those still on their way have no `answer`. */
    readonly calls: readonly ApiCall[];
    callsOf(method: string): ApiCall[];
    /** Everything Slack would have refused as malformed; empty after a good test. */
    readonly violations: readonly string[];
    fault(request: FaultRequest): SlackFault;
    /** Ends every fault, used up or not. */
    heal(): void;
    /** Resets every connection, open or new, until `up`. */
    down(): void;
    up(): void;
    /** Forgets calls and violations. */
    forget(): void;
    /** What a person (or without `as` the bot) does in the workspace by other means than the product. */
    behind(method: string, body: JsonObject, as?: string): Promise<MethodAnswer>;
    close(): Promise<void>;
  };

/** Starts a workspace with alice, bob, charlie and dana, and the channels incidents, payments and digest, where the bot is no member. */
export async function startSlack(options: SlackOptions = {}): Promise<SlackDouble> {
  const token = options.token ?? "xoxb-muster-test";
  const workspace = await startWorkspace(options.crowd);
  const gate = await startApiGate(workspace, {
    token,
    tiers: options.tiers ?? false,
    elapsed: options.elapsed ?? monotonic,
    latencyMs: options.latencyMs ?? 0,
  });
  const view = viewWorkspace(workspace);
  return {
    ...view,
    ...createPersonActions(workspace, view, gate),
    ...createChannelActivity(workspace),
    url: gate.url,
    apiUrl: `${gate.url}/api/`,
    token,
    bot: workspace.bot,
    people: workspace.people,
    crowd: workspace.crowd,
    teamId: workspace.bot.teamId,
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
