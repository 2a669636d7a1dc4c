/**
 * Whole stories: the application with an emulated Slack, a pager and a tracker that remember, and a clock that the story
 * sets. Whatever happens and is not expected fails the story at its `end`.
 *
 *     const house = await StoryHarness.open(); // beforeEach; house.end() after each
 *     await house.alertmanager.fires({ alertname: "Down", service: "order-service", severity: "P1" });
 *     house.pages.expect(["P1 Alice"]);
 *     const channel = await house.slack.channel(/^inc-1-/);
 *     await (await channel.expectCard("order-service")).button("Acknowledge").click({ as: "alice" });
 */
export { StoryHarness } from "./story/story-harness.ts";
export type { StoryCard, StoryChannel } from "./story/story-channel.ts";
export { measureChannel, type ChannelMeasure } from "./story/channel-measure.ts";
