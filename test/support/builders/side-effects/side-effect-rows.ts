import type { FactType } from "#domain/events/event-registry.ts";
import { ALERTING_SIDE_EFFECTS } from "./alerting-side-effects.ts";
import { AUTOMATION_SIDE_EFFECTS } from "./automation-side-effects.ts";
import { CHANNEL_SIDE_EFFECTS } from "./channel-side-effects.ts";
import { ENDING_SIDE_EFFECTS } from "./ending-side-effects.ts";
import { LIFECYCLE_SIDE_EFFECTS } from "./lifecycle-side-effects.ts";
import { PAGING_SIDE_EFFECTS } from "./paging-side-effects.ts";
import { POSTMORTEM_SIDE_EFFECTS, REVIEW_SIDE_EFFECTS } from "./postmortem-side-effects.ts";
import { RESPONSE_SIDE_EFFECTS } from "./response-side-effects.ts";
import type { SideEffectRow } from "./side-effect-row.ts";

/** What each event asks for: a new one does not compile without, also one in a new file of definitions. */
export const SIDE_EFFECT_ROWS: { readonly [T in FactType]: SideEffectRow } = {
  ...LIFECYCLE_SIDE_EFFECTS,
  ...ENDING_SIDE_EFFECTS,
  ...ALERTING_SIDE_EFFECTS,
  ...RESPONSE_SIDE_EFFECTS,
  ...CHANNEL_SIDE_EFFECTS,
  ...PAGING_SIDE_EFFECTS,
  ...AUTOMATION_SIDE_EFFECTS,
  ...POSTMORTEM_SIDE_EFFECTS,
  ...REVIEW_SIDE_EFFECTS,
};
