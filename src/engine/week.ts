import { nextUtc, utcDay } from "#domain/instant.ts";
import { MUSTER, type Instant } from "#domain/language.ts";
import type { Policy } from "#domain/policy.ts";
import { dayNumber, weekdayOf } from "#domain/wall-clock.ts";
import { weeklyMessage } from "#views/weekly.ts";
import type { Engine } from "./engine.ts";
import type { Performer } from "./job.ts";
import { pageUrl } from "./links.ts";
import { createReader } from "./read.ts";
import type { Submit } from "./submit.ts";

const DAY = 86_400_000;
const WEEK = 7 * DAY;
/** ms after its hour in which the figures of a week are still asked for: a Muster that was down posts no old news. */
const LATEST = DAY / 2;

/** The last instant, not after `now`, at which the figures of a week were due; null when the policy wants none. */
export function weekDue({ digest: { weekly } }: Policy, now: Instant): Instant | null {
  if (weekly === null) return null;
  let due = nextUtc(now - DAY, weekly.at);
  while (weekdayOf(dayNumber(utcDay(due))) !== weekly.on) due -= DAY;
  return due;
}

/** To be called now and then: asks for the figures of a week once their hour has come. Their key makes them one, however many ask. */
export function createWeek({ clock, policy }: Pick<Engine, "clock" | "policy">, submit: Submit): () => Promise<void> {
  let asked = "";
  return async () => {
    const now = clock();
    const due = weekDue(policy(), now);
    if (due === null || now - due > LATEST) return;
    const day = utcDay(due);
    if (day === asked) return;
    await submit({ key: `week:${day}`, urgency: 4, weight: 1, actor: MUSTER, at: due, replyTo: null, evidence: null, body: { type: "week.due", day } });
    asked = day;
  };
}

/** What the seven days before add up to, beside the seven before those. */
export const week: Performer<"chat.week"> = async ({ channel, day }, { engine, ask }) => {
  const to = Date.parse(`${day}T${engine.policy().digest.weekly?.at ?? "09:00"}:00Z`);
  const read = createReader(engine);
  const figures = (until: Instant): ReturnType<typeof read.statistics> =>
    read.statistics({ from: until - WEEK, to: until, service: null, private: false, zone: "UTC" });
  const message = weeklyMessage(await figures(to), await figures(to - WEEK), (number) => pageUrl(engine, number));
  await engine.chat.post(channel, message, ask);
  return {};
};
