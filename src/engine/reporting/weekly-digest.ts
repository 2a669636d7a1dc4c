import { createSubmission } from "#domain/commands/submission.ts";
import { DAY_MS } from "#domain/values/duration.ts";
import { nextUtcTime, formatUtcDay } from "#domain/values/instant.ts";
import type { Instant } from "#domain/values/language.ts";
import type { Policy } from "#domain/policy/policy.ts";
import type { IncidentStatistics } from "#domain/reporting/statistics.ts";
import { dayNumber, weekdayOf } from "#domain/values/wall-clock.ts";
import { weeklyMessage } from "#views/reporting/weekly-digest-message.ts";
import type { Engine } from "#engine/base/engine.ts";
import type { PerformEffect } from "#engine/base/effect-performer.ts";
import { incidentUrl } from "#engine/base/dashboard-links.ts";
import type { SubmitCommand } from "#engine/base/submit.ts";
import { readStatistics } from "./statistics-reader.ts";

const WEEK = 7 * DAY_MS;
/** ms after its hour in which the figures of a week are still asked for: a Muster that was down posts no old news. */
const MAX_DELAY_MS = DAY_MS / 2;

/** The last instant, not after `now`, at which the figures of a week were due; null when the policy wants none. */
export function weeklyDigestDue({ digest: { weekly } }: Policy, now: Instant): Instant | null {
  if (weekly === null) return null;
  let due = nextUtcTime(now - DAY_MS, weekly.at);
  while (weekdayOf(dayNumber(formatUtcDay(due))) !== weekly.on) due -= DAY_MS;
  return due;
}

/** To be called now and then: asks for the figures of a week once their hour has come. Their key makes them one, however many ask. */
export function createWeeklyDigest(
  { clock, policy }: Pick<Engine, "clock" | "policy">,
  submit: SubmitCommand,
): () => Promise<void> {
  let digestWeek = "";
  return async () => {
    const now = clock();
    const due = weeklyDigestDue(policy(), now);
    if (due === null || now - due > MAX_DELAY_MS) return;
    const day = formatUtcDay(due);
    if (day === digestWeek) return;
    await submit(
      createSubmission({
        key: `week:${day}`,
        urgency: 4,
        at: due,
        body: { type: "week.due", day },
      }),
    );
    digestWeek = day;
  };
}

/** What the seven days before add up to, beside the seven before those. */
export const postWeeklyDigest: PerformEffect<"chat.week"> = async ({ channel, day }, { engine, attempt }) => {
  const to = Date.parse(`${day}T${engine.policy().digest.weekly?.at ?? "09:00"}:00Z`);
  const figures = (until: Instant): Promise<IncidentStatistics> =>
    readStatistics(engine, { from: until - WEEK, to: until, service: null, private: false, zone: "UTC" });
  const message = weeklyMessage(await figures(to), await figures(to - WEEK), (number) => incidentUrl(engine, number));
  await engine.chat.post(channel, message, attempt);
  return {};
};
