import { reportNothing, type EffectPerformers } from "#engine/base/effect-performer.ts";
import { sendDigest } from "./daily-digest.ts";
import { sendNotices } from "./team-notices.ts";
import { postWeeklyDigest } from "./weekly-digest.ts";

/** They are about no single incident: no incident gets a command when one fails. */
export const reportingPerformers = {
  "chat.notices": { perform: sendNotices, failed: reportNothing, delayed: reportNothing },
  "chat.digest": { perform: sendDigest, failed: reportNothing, delayed: reportNothing },
  "chat.week": { perform: postWeeklyDigest, failed: reportNothing, delayed: reportNothing },
} satisfies Partial<EffectPerformers>;
