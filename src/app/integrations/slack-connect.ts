import { policyPersonName } from "#domain/policy/people.ts";
import { chatSignInRefusal, policySignInRefusal } from "#domain/response/admission.ts";
import { NamedProblem } from "#domain/values/named-problem.ts";
import type { SlackAppSettings, SlackSignInSettings } from "#integrations/slack/settings.ts";
import { createSlackClient, type SlackClient } from "#integrations/slack/client.ts";
import { isSlackResponseUrl } from "#integrations/slack/ephemeral-message.ts";
import { createSlackChat } from "#integrations/slack/slack-chat.ts";
import { createSlackSignIn, withAdmission, withMembership } from "#integrations/slack/slack-sign-in.ts";
import { createStandingReader } from "#integrations/slack/slack-people.ts";
import type { Chat } from "#ports/chat.ts";
import type { SignIn } from "#ports/sign-in.ts";
import { mountSlack } from "#handlers/slack/slack-connection.ts";
import { mountClosedDoor } from "./slack-closed-door.ts";
import type { DoorLine, DoorMount, IntegrationOffer, IntegrationSetup } from "./integration.ts";

/** What Slack offers by the settings: the chat with its doors, and the sign-in. Slack's libraries are loaded with this file. */
export function connectSlack(setup: IntegrationSetup): IntegrationOffer {
  const { signIn, slack } = setup.config;
  return {
    ...(signIn === null ? {} : { signIn: signInOf(setup, signIn) }),
    ...(slack === null ? {} : connectChat(setup, slack)),
  };
}

function signInOf(setup: IntegrationSetup, settings: SlackSignInSettings): SignIn {
  const { slack } = setup.config;
  const signIn = createSlackSignIn(settings, setup.clock);
  if (slack === null)
    return withAdmission(signIn, (person) => ({
      refusal: policySignInRefusal(setup.policy(), person, "SLACK_BOT_TOKEN"),
      isListed: policyPersonName(setup.policy(), person) !== null,
    }));
  return withMembership(signIn, createStandingReader(clientOf(setup, slack).call), (person, standing) =>
    chatSignInRefusal(setup.policy(), person, standing),
  );
}

function clientOf(setup: IntegrationSetup, { botToken, apiUrl }: SlackAppSettings): SlackClient {
  const { clock, monotonic, metrics, allowances } = setup;
  return createSlackClient({
    token: botToken,
    apiUrl,
    clock,
    monotonic,
    onCall: (made) => metrics.chatCall({ chat: "slack", ...made }),
    allowances,
  });
}

function connectChat(setup: IntegrationSetup, settings: SlackAppSettings): IntegrationOffer {
  const chat = createSlackChat(clientOf(setup, settings), setup.monotonic, settings.team);
  return {
    chat,
    mountDoors: (mount) => {
      const line = openSlackDoors(mount, settings, setup);
      return {
        ...line,
        start() {
          if (settings.team === null) askTeam(chat, mount);
          return line.start?.() ?? Promise.resolve();
        },
      };
    },
  };
}

/** Which workspace is ours is known before someone clicks, where Slack answers by then. The start waits for nothing. */
function askTeam(chat: Chat, { warn }: DoorMount): void {
  chat.ping().catch((error: unknown) => warn(`Slack did not answer which workspace is ours: ${String(error)}`));
}

function openSlackDoors(mount: DoorMount, settings: SlackAppSettings, setup: IntegrationSetup): DoorLine {
  const { app, door, onError, warn, badSignature, wallClock } = mount;
  const { signingSecret, botToken, appToken, apiUrl } = settings;
  const connection = mountSlack(
    app,
    {
      signingSecret,
      token: botToken,
      socket: appToken === null ? null : { appToken, apiUrl },
      isSlacks: (url) => isSlackResponseUrl(url, apiUrl),
      onError,
      warn,
      badSignature,
      now: wallClock,
      monotonic: setup.monotonic,
      onLine: countLines(setup, warn),
    },
    door,
  );
  if (appToken === null) return connection;
  mountClosedDoor("Socket Mode is on: Slack's requests come over the line that Muster dials")(mount);
  const probe = (): Promise<void> => {
    const problem = connection.problem();
    return problem === null
      ? Promise.resolve()
      : Promise.reject(new NamedProblem(`no line to Slack is open: ${problem}`));
  };
  return { ...connection, checks: [{ name: "slack-line", critical: false, probe }] };
}

/** Each line that opens or ends is counted, as a request of the method `socket.line`, and its end is logged. */
function countLines(
  { metrics, monotonic }: IntegrationSetup,
  warn: DoorMount["warn"],
): (problem: string | null) => void {
  let since = monotonic();
  return (problem) => {
    const now = monotonic();
    metrics.chatCall({
      chat: "slack",
      method: "socket.line",
      outcome: problem === null ? "ok" : "closed",
      ms: now - since,
    });
    since = now;
    if (problem !== null) warn(`the line to Slack is closed and dialed again: ${problem}`);
  };
}
