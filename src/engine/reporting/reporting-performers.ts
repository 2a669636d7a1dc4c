import { reportNothing, type EffectPerformers } from "#engine/base/effect-performer.ts";
import { postDigest } from "./daily-digest.ts";
import { postNotices } from "./team-notices.ts";
import { postWeeklyDigest } from "./weekly-digest.ts";

/** They are about no single incident: no incident gets a command when one fails. */
export const reportingPerformers = {
  "chat.notices": { perform: postNotices, failed: reportNothing, delayed: reportNothing },
  "chat.digest": { perform: postDigest, failed: reportNothing, delayed: reportNothing },
  "chat.week": { perform: postWeeklyDigest, failed: reportNothing, delayed: reportNothing },
} satisfies Partial<EffectPerformers>;
