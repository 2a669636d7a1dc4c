import { digestOnlyIncidents } from "#db/incidents.ts";
import { createSubmission } from "#domain/commands/submission.ts";
import { DAY_MS } from "#domain/values/duration.ts";
import { nextUtcTime, formatUtcDay } from "#domain/values/instant.ts";
import { dailyDigestDue, isStillNews } from "#domain/reporting/digest-due.ts";
import { digestMessage } from "#views/reporting/daily-digest-message.ts";
import { incidentUrl } from "#engine/base/dashboard-links.ts";
import type { PerformEffect } from "#engine/base/effect-performer.ts";
import type { Engine } from "#engine/base/engine.ts";
import type { SubmitCommand } from "#engine/base/submit.ts";
import { completeFigures } from "./figures-keeper.ts";

/** To be called now and then: asks for the digest of a day once its hour has come. Its key makes it one, however many ask. */
export function createDailyDigest(
  { clock, policy }: Pick<Engine, "clock" | "policy">,
  submit: SubmitCommand,
): () => Promise<void> {
  let digestDay = "";
  return async () => {
    const now = clock();
    const due = dailyDigestDue(policy(), now);
    const day = formatUtcDay(due);
    if (day === digestDay || !isStillNews(due, now)) return;
    await submit(
      createSubmission({
        key: `digest:${day}`,
        urgency: 4,
        at: due,
        body: { type: "digest.due", day },
      }),
    );
    digestDay = day;
  };
}

/** The incidents from which the kinds of a day are counted; the message gives their total. */
const MAX_READ = 1_000;

/** The incidents of a day that nothing else announces. */
export const sendDigest: PerformEffect<"chat.digest"> = async (effect, { engine, attempt }) => {
  const end = nextUtcTime(Date.parse(`${effect.day}T00:00:00Z`) - 1, engine.policy().digest.at);
  await completeFigures(engine);
  const { count, incidents } = await digestOnlyIncidents(engine.connection.db, end - DAY_MS, end, MAX_READ);
  if (count === 0) return {};
  const message = digestMessage(
    effect.day,
    { count, items: incidents.map(({ state }) => state) },
    engine.clock(),
    (incident) => incidentUrl(engine, incident),
  );
  await engine.chat.post(effect.channel, message, attempt);
  return {};
};
