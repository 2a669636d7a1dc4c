/**
 * The whole application in this process, on the embedded database, with doubles behind its ports and a clock that a test
 * sets: what is let in by a door, and what is answered. Lanes move when `settles` is called, never by themselves.
 *
 *     const app = await startApp(); // beforeAll; app.stop() at the end
 *     await app.fires({ service: "order-service", severity: "P1" });
 *     expect(app.paging.triggered).toHaveLength(1);
 *     app.time.now += 5 * MINUTE;
 *     await app.settles();
 *     expect(await app.json("/api/incidents/INC-1")).toMatchObject({ status: "triggered" });
 *
 * Who stands in front of it: `SlackPeople` in an emulated Slack, with the real adapter; `SignedRequests` as Slack sends
 * them, with a fake chat behind the app; a `BrowserSession`; `WaysIn`, which sends the same words by Slack, API, command
 * line and dashboard. `startFilledDashboard` is an app that has a year behind it.
 */
export { type AppOptions, SIGNING_SECRET, startApp, type TestApp } from "./app/test-app.ts";
export { BrowserSession, realmSettings, signInSettings } from "./app/browser-session.ts";
export { MAIN_INCIDENT, SECOND_INCIDENT, startFilledDashboard } from "./app/filled-dashboard.ts";
export {
  ALICE_ID,
  BOB_ID,
  OTHER_CHANNEL,
  selectedChoice,
  SignedRequests,
  STRANGER_ID,
  textInput,
} from "./app/signed-requests.ts";
export { SlackPeople } from "./app/slack-people.ts";
export { type ApiAnswer, WAYS_IN, type WayAnswer, type WayIn, WaysIn } from "./app/ways-in.ts";
export { startTwoServices } from "./app/two-services.ts";
export { type MountedDoor, watchMountedDoors } from "./app/mounted-doors.ts";
export { type RawAnswer, type RawRequest, sendRaw } from "./app/raw-request.ts";
