import { unreported, type EffectPerformers } from "#engine/base/effect-performer.ts";
import { postDigest } from "./daily-digest.ts";
import { postNotices } from "./team-notices.ts";
import { postWeeklyDigest } from "./weekly-digest.ts";

/** They are about no one incident: nothing is told there when one fails. */
export const reportingPerformers = {
  "chat.notices": { perform: postNotices, failed: unreported, delayed: unreported },
  "chat.digest": { perform: postDigest, failed: unreported, delayed: unreported },
  "chat.week": { perform: postWeeklyDigest, failed: unreported, delayed: unreported },
} satisfies Partial<EffectPerformers>;
