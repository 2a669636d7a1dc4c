import type { FactType } from "#domain/events/event-registry.ts";
import { AUTOMATION_SENTENCES } from "./automation-sentences.ts";
import { LIFECYCLE_SENTENCES } from "./lifecycle-sentences.ts";
import { PAGING_SENTENCES } from "./paging-sentences.ts";
import { POSTMORTEM_SENTENCES, REVIEW_SENTENCES } from "./postmortem-sentences.ts";
import { RESPONSE_SENTENCES } from "./response-sentences.ts";
import type { SentenceRow } from "./sentence-row.ts";

/** One sentence for each kind of event: a new one does not compile without, also one in a new file of definitions. */
export const SENTENCE_ROWS: { readonly [T in FactType]: SentenceRow<T> } = {
  ...LIFECYCLE_SENTENCES,
  ...RESPONSE_SENTENCES,
  ...PAGING_SENTENCES,
  ...AUTOMATION_SENTENCES,
  ...POSTMORTEM_SENTENCES,
  ...REVIEW_SENTENCES,
};
