/** Whole stories. */
export { StoryHarness } from "./story/story-harness.ts";
export type { StoryChannel, StoryCard } from "./story/story-channel.ts";
