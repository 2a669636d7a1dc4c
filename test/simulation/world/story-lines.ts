import { describeEvent } from "#domain/events/event-registry.ts";
import type { SubmissionBody } from "#domain/commands/submission.ts";
import type { Actor, Instant } from "#domain/values/language.ts";
import { NOW } from "#test/support/builders/instants.ts";
import type { SimEvent } from "./memory-store.ts";

/** A law that was broken, when, and how. */
export class LawBroken extends Error {
  readonly law: string;

  constructor(law: string, message: string) {
    super(message);
    this.law = law;
  }
}

/** A command of a story: `at` is when it happened, `now` when it was decided. */
export type SimCommand = {
  readonly body: SubmissionBody;
  readonly actor: Actor;
  readonly at: Instant;
  readonly now: Instant;
};

/** What happened in a story, a line each, with the time since it began. */
export class StoryLines {
  readonly lines: string[] = [];

  say(line: string, now: Instant): void {
    const ms = now - NOW;
    const clock = [Math.floor(ms / 3_600_000), Math.floor(ms / 60_000) % 60, Math.floor(ms / 1000) % 60];
    this.lines.push(`${clock.map((each) => String(each).padStart(2, "0")).join(":")}  ${line}`);
  }

  /** The events that people would look for. */
  prints(events: readonly SimEvent[], now: Instant): void {
    for (const { incident, event } of events)
      if (PRINTED_EVENTS.has(event.type)) this.say(`    INC-${incident}: ${describeEvent(event)}`, now);
  }
}

const PRINTED_EVENTS: ReadonlySet<string> = new Set([
  "incident.opened",
  "incident.acknowledged",
  "incident.unacknowledged",
  "incident.mitigated",
  "incident.resolved",
  "incident.reopened",
  "incident.merged",
  "page.requested",
  "page.failed",
  "page.held",
  "escalation.exhausted",
  "priority.changed",
]);
