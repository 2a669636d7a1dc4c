import { findPageMessages } from "#db/effects.ts";
import { incidentId } from "#domain/values/language.ts";
import type { EffectOfType } from "#domain/effects/effect-registry.ts";
import type { EffectContext, EffectResult } from "#engine/base/effect-context.ts";
import { requireIncident } from "#engine/base/effect-context.ts";
import type { PerformEffect } from "#engine/base/effect-performer.ts";
import { PortError } from "#ports/port-error.ts";
import { callOf } from "./page-content.ts";
import { alarmOf, readPageHome } from "./pager-alarms.ts";

// "Sent" means that someone was reached: the pager has something open, or a direct message arrived.

/** ms after a page was sent until the pager is first asked for it: it opens things a moment after it has taken them. */
const FIRST_LOOK_MS = 3_000;
/** ms between two looks. */
const LOOK_EVERY_MS = 5_000;
/** ms after which a page that has opened nothing has failed. People learn of it within half a minute. */
const OPENED_WITHIN_MS = 20_000;

/** Asks the pager, which has taken a page, whether anything is open for it. A page that opened nothing has failed. */
export const performPageConfirm: PerformEffect<"page.confirm"> = async ({ key }, context) => {
  const { engine, stored, attempt } = context;
  const home = stored === null ? null : await readPageHome(engine, stored, key);
  // What has become of it meanwhile, an answer above all, counts more than the pager's view.
  if (home?.page.status !== "sent" || home.page.via !== engine.paging.name) return {};
  const { page } = home;
  const age = engine.clock() - attempt.since;
  if (age < FIRST_LOOK_MS) return { reschedule: { inMs: FIRST_LOOK_MS - age } };
  // false only: where the pager cannot be asked, its first answer counts.
  if ((await engine.paging.hasAlarm(alarmOf(home.stored, page))) !== false) return {};
  if (age < OPENED_WITHIN_MS) return { reschedule: { inMs: LOOK_EVERY_MS } };
  const { title } = engine.paging;
  const reason = `${title} took the page and opened nothing for it: its service is in maintenance or disabled, or a rule dropped it`;
  return { commands: [{ type: "page.failed", key, to: page.to, reason }] };
};

/** ms until it is looked again whether a direct message has arrived. */
const RECHECK_MS = 500;

/**
 * Without a pager the direct messages are the page: it is sent when one of them has arrived, and has failed when none
 * can.
 *
 * @throws PortError for a page that reaches no one, and while the chat is unreachable
 */
export async function pageByMessages(
  { key, to }: EffectOfType<"page.trigger">,
  context: EffectContext,
): Promise<EffectResult> {
  const { chat, connection } = context.engine;
  const { number } = requireIncident(context);
  const fail = (reason: string, retryable: boolean): PortError =>
    new PortError(retryable ? "unreachable" : "unsupported", reason, { retryable });
  if (chat.isDryRun === true)
    throw fail(`neither a pager nor ${chat.title} is set up, so ${incidentId(number)} wakes no one`, false);
  const messages = (await findPageMessages(connection.db, number, key)).filter(({ user }) => chat.isMember(user));
  if (messages.length === 0)
    throw fail(
      `no pager is set up, and ${chat.title} gets no direct message for them: set their id under people`,
      false,
    );
  if (messages.some(({ status }) => status === "done")) {
    const page = requireIncident(context).pages.find((each) => each.key === key);
    return { commands: [{ type: "page.sent", key, to, via: chat.name, ...callOf(page) }] };
  }
  const open = messages.filter(({ status }) => status !== "failed");
  const reasons = [...new Set(messages.flatMap(({ error }) => error ?? []))].join("; ");
  if (open.length === 0) throw fail(`no pager is set up, and no direct message arrives: ${reasons}`, false);
  if (open.every(({ error }) => error !== null)) throw fail(reasons, true);
  return { reschedule: { inMs: RECHECK_MS } };
}
