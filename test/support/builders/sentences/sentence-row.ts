import type { Fact, FactType } from "#domain/events/event-registry.ts";
import type { FactTypeIn } from "#test/support/builders/events.ts";

/** The data of an event, and the sentence that the timeline has for it. */
export type SentenceRow<T extends FactType> = readonly [data: Extract<Fact, { type: T }>["data"], sentence: string];

/** A sentence for each event that a file of definitions exports: a new event does not compile without. */
export type SentencesOf<Definitions extends object> = { readonly [T in FactTypeIn<Definitions>]: SentenceRow<T> };
