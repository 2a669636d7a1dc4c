import type { Effect } from "#domain/effects/effect-registry.ts";
import type { Fact } from "#domain/events/event-registry.ts";
import type { Incident } from "#domain/incident/incident.ts";
import type { TimerChange } from "#domain/incident/timer-change.ts";
import type { FactTypeIn } from "#test/support/builders/events.ts";

/**
 * An event, and what it asks for of its incident as it is afterwards. `shown`: whether the cards are written again, or
 * (without a channel) the announcements alone; true by default.
 */
export type SideEffectRow = {
  readonly fact: Fact;
  readonly after?: Partial<Incident>;
  readonly effects?: readonly Effect[];
  readonly timers?: readonly TimerChange[];
  readonly shown?: boolean | "announced";
};

/** A row for each event that a file of definitions exports: a new event does not compile without, nor a row elsewhere. */
export type SideEffectRowsOf<Definitions extends object> = {
  readonly [T in FactTypeIn<Definitions>]: SideEffectRow;
};
