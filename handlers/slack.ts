import bolt, { type App } from "@slack/bolt";
import type { Express } from "express";
import { slackActions, type SlackDoor } from "./slack-actions.ts";
import { slackViews } from "./slack-views.ts";

export type SlackMount = {
  readonly signingSecret: string;
  readonly token: string;
  readonly onError: (error: Error) => void;
};

/**
 * Slack's door at POST /slack/events: Bolt checks the signature and finds the listener. Must be mounted before any
 * body parser, which would eat what the signature is computed over. Starting it asks Slack nothing, so that Muster
 * starts while Slack is away.
 */
export function mountSlack(server: Express, mount: SlackMount, door: SlackDoor): App {
  const { signingSecret, token, onError } = mount;
  const receiver = new bolt.ExpressReceiver({ signingSecret, app: server as never, endpoints: "/slack/events" });
  const app = new bolt.App({ receiver, authorize: () => Promise.resolve({ botToken: token }), ignoreSelf: false });
  app.error((error) => {
    onError(error);
    return Promise.resolve();
  });
  slackActions(app, door);
  slackViews(app, door);
  return app;
}
