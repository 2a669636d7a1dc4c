/** The whole application. */
export { type AppOptions, SIGNING_SECRET, startApp, type TestApp } from "./app/test-app.ts";
export { BrowserSession, signInSettings } from "./app/browser-session.ts";
export { MAIN_INCIDENT, SECOND_INCIDENT, startFilledDashboard } from "./app/filled-dashboard.ts";
export { type CommandOutput, runCli } from "./app/run-cli.ts";
export { SlackHarness } from "./app/slack-harness.ts";
export * from "./app/slack-request-harness.ts";
export * from "./app/ways-in.ts";
