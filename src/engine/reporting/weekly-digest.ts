import { createSubmission } from "#domain/commands/submission.ts";
import type { ListBounds } from "#domain/reporting/bounded-list.ts";
import { DAY_MS } from "#domain/values/duration.ts";
import { formatUtcDay } from "#domain/values/instant.ts";
import type { Instant } from "#domain/values/language.ts";
import { isStillNews, weeklyDigestDue } from "#domain/reporting/digest-due.ts";
import type { IncidentStatistics } from "#domain/reporting/statistics.ts";
import { incidentsByNumber } from "#db/incidents.ts";
import { linkedIncidents, weeklyMessage } from "#views/reporting/weekly-digest-message.ts";
import type { Engine } from "#engine/base/engine.ts";
import type { PerformEffect } from "#engine/base/effect-performer.ts";
import { incidentUrl } from "#engine/base/dashboard-links.ts";
import type { SubmitCommand } from "#engine/base/submit.ts";
import { statisticsReads } from "./statistics-reader.ts";

const WEEK = 7 * DAY_MS;
/** More services with an objective than a message could name: those whose budget is used up are looked for among them. */
const DIGEST_BOUNDS: ListBounds = { limit: 1_000, offset: 0 };

/** To be called now and then: asks for the figures of a week once their hour has come. Their key makes them one, however many ask. */
export function createWeeklyDigest(
  { clock, policy }: Pick<Engine, "clock" | "policy">,
  submit: SubmitCommand,
): () => Promise<void> {
  let digestWeek = "";
  return async () => {
    const now = clock();
    const due = weeklyDigestDue(policy(), now);
    if (due === null || !isStillNews(due, now)) return;
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
  const read = statisticsReads(engine);
  const figures = (until: Instant): Promise<IncidentStatistics> =>
    read.statistics({
      from: until - WEEK,
      to: until,
      service: null,
      private: false,
      zone: "UTC",
      bounds: DIGEST_BOUNDS,
    });
  const [week, before] = [await figures(to), await figures(to - WEEK)];
  const stored = await incidentsByNumber(engine.connection.db, linkedIncidents(week));
  const uids = new Map(stored.map(({ uid, state }) => [state.number, uid]));
  const message = weeklyMessage(week, before, (number) => {
    const uid = uids.get(number);
    return incidentUrl(engine, uid === undefined ? { number } : { number, uid });
  });
  await engine.chat.post(channel, message, attempt);
  return {};
};
