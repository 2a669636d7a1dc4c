import type { ChannelMeasure } from "#test/support/harness/story.ts";

/**
 * What each story may make people read in its channel, at most: a story that grows fails its test. Lower a number when a
 * story shrinks for good. `topics` are the first, and one for each priority and commander.
 */
export const MESSAGE_BUDGETS = {
  "two alerts, six people's verbs, and a resolution": { messages: 9, topics: 3, mentions: 5, lines: 33, card: 13 },
  "an alert that resolves by itself": { messages: 5, topics: 1, mentions: 0, lines: 15, card: 10 },
  "an alert that no one acknowledges": { messages: 4, topics: 1, mentions: 4, lines: 15, card: 10 },
  "a burst of thirty alerts in ten minutes": { messages: 5, topics: 1, mentions: 0, lines: 20, card: 10 },
} as const satisfies Readonly<Record<string, ChannelMeasure>>;
