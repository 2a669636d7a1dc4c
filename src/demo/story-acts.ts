import type { RunningMuster } from "#app/main.ts";
import type { Instant } from "#domain/values/language.ts";
import { BUTTON_ACTIONS } from "#views/values/action-buttons.ts";
import type { DemoWorkspace } from "./demo-workspace.ts";
import { buildClick, sendSigned, typeCommand } from "./slack-person.ts";
import { buildDelivery, type StoryAlert, type StoryBeat } from "./story.ts";
import { fetchShown, runsOf, waitFor, type ShownIncident, type StoryStage } from "./story-requests.ts";

/** What signs what people of the demo do in Slack. */
export const DEMO_SIGNING_SECRET = "demo-signing-secret";

/** The alerts of the story so far, by name, and since when each fires. */
export type StoryAlerts = Map<string, { readonly alert: StoryAlert; readonly since: Instant }>;

type Beat<Does extends StoryBeat["does"]> = Extract<StoryBeat, { readonly does: Does }>;

/** Plays one beat of the story. */
export async function playBeat(beat: StoryBeat, stage: StoryStage, fired: StoryAlerts): Promise<void> {
  switch (beat.does) {
    case "alert":
      fired.set(beat.alert.name, { alert: beat.alert, since: stage.clock() });
      return deliver(stage, [beat.alert], "firing", fired);
    case "resolve":
      await untilRestarted(stage);
      return deliver(
        stage,
        beat.alerts.map((name) => fired.get(name)!.alert),
        "resolved",
        fired,
      );
    case "pager":
      return acknowledgeInPager(stage);
    case "approve":
    case "type":
    case "click":
      return actInSlack(beat, stage);
  }
}

async function deliver(
  { muster, clock }: StoryStage,
  alerts: readonly StoryAlert[],
  status: "firing" | "resolved",
  fired: StoryAlerts,
): Promise<void> {
  const starts = (name: string): Instant => fired.get(name)?.since ?? clock();
  await post(muster, buildDelivery(alerts, status, starts, clock()));
}

/** Alerts end because it is well again, and for no other reason. */
async function untilRestarted({ muster, cluster }: StoryStage): Promise<void> {
  await waitFor("order-service is restarted", () => Promise.resolve(cluster.restartedAt())).catch(
    async (cause: unknown) => {
      const runStates = (await runsOf(muster)).map(({ id, state, reason }) => `${id} ${state} ${reason}`).join("; ");
      throw new Error(`order-service was not restarted: ${runStates}; ${cluster.violations.join("; ")}`, { cause });
    },
  );
}

async function acknowledgeInPager({ muster, pagerduty, clock }: StoryStage): Promise<void> {
  const key = await waitFor("Alice's page", () => Promise.resolve(pagerduty.incidents.keys().next().value ?? null));
  const agent = { id: "PALICE1", type: "user_reference", summary: "Alice" };
  const { status } = await pagerduty.webhook(muster.url, "incident.acknowledged", {
    key,
    agent,
    at: clock(),
  });
  if (status !== 202) throw new Error(`PagerDuty's webhook was answered with HTTP ${status}`);
}

async function actInSlack(
  beat: Beat<"approve"> | Beat<"type"> | Beat<"click">,
  { muster, workspace, wallClock }: StoryStage,
): Promise<void> {
  const channelId = await waitFor(
    "the incident's channel",
    async () => (await fetchShown<Partial<ShownIncident>>(muster, "/api/incidents/INC-1")).channel?.id ?? null,
  );
  const to = { url: muster.url, signingSecret: DEMO_SIGNING_SECRET, wallClock };
  const as = workspace.people[beat.who];
  const trigger = `demo.${beat.minute}`;
  if (beat.does === "type") {
    const response = await typeCommand(to, { as, text: beat.text, channelId, trigger });
    if (!response.ok) throw new Error(`the command was answered with HTTP ${response.status}`);
    return;
  }
  const button =
    beat.does === "click"
      ? { actionId: beat.button, value: "1" }
      : {
          actionId: BUTTON_ACTIONS.approveRun.id,
          value: await waitFor("the card with Approve", () => approvable(muster, workspace, channelId)),
        };
  const response = await sendSigned(to, buildClick({ as, ...button, channelId, messageTs: "1.1", trigger }));
  if (!response.ok) throw new Error(`the click was answered with HTTP ${response.status}`);
}

/** The label of the Approve button of the story's run, once it is in the channel. */
async function approvable(muster: RunningMuster, workspace: DemoWorkspace, channel: string): Promise<string | null> {
  const run = (await runsOf(muster)).find(({ state }) => state === "waiting-approval");
  if (run === undefined) return null;
  const { messages } = await workspace.ask<{
    messages: { blocks?: { elements?: { action_id?: string; value?: string }[] }[] }[];
  }>("conversations.history", {
    channel,
    limit: 100,
  });
  const buttons = messages.flatMap(({ blocks }) => blocks ?? []).flatMap(({ elements }) => elements ?? []);
  return (
    buttons.find(
      ({ action_id: id, value }) => id === BUTTON_ACTIONS.approveRun.id && value?.includes(` ${run.id} `) === true,
    )?.value ?? null
  );
}

async function post(muster: RunningMuster, delivery: object): Promise<void> {
  const response = await fetch(`${muster.url}/webhooks/alertmanager`, {
    method: "POST",
    body: JSON.stringify(delivery),
    headers: { "content-type": "application/json" },
  });
  if (response.status !== 202) throw new Error(`the webhook answered ${response.status}: ${await response.text()}`);
}
