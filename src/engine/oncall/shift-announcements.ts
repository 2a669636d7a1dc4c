import { replacePagerShifts } from "#db/arrangements/arrangements.ts";
import { readHeartbeat, recordHeartbeat } from "#db/watch/heartbeats.ts";
import type { ArrangementCommand } from "#domain/alerting/arrangements/arrangement-registry.ts";
import { createSubmission, type CommandSubmission } from "#domain/commands/submission.ts";
import { DAY_MS, HOUR_MS } from "#domain/values/duration.ts";
import type { Instant } from "#domain/values/language.ts";
import { dueHandoff } from "#domain/oncall/oncall.ts";
import type { Override } from "#domain/incident/arrangement.ts";
import type { Engine } from "#engine/base/engine.ts";
import { loadRoster } from "./oncall-roster.ts";
import type { SubmitCommand } from "#engine/base/submit.ts";

/** How far ahead shifts are taken over from the pager, in ms. */
const LOOKAHEAD_MS = 60 * DAY_MS;

/**
 * Called periodically by any number of processes: announces handoffs. The key of each makes it one. Those of a time in which
 * no process ran are announced late, as far as they are in force.
 */
export async function announceShifts(engine: Engine, submit: SubmitCommand): Promise<void> {
  const now = engine.clock();
  const { db } = engine.connection;
  const rota = await loadRoster(engine, now);
  const announced = await readHeartbeat(db, "handoffs");
  for (const [schedule, { userGroup }] of Object.entries(rota.policy.schedules)) {
    // A group that missed a handoff is correct again within the hour.
    if (userGroup !== undefined)
      await submit(news(`group:${schedule}:${Math.floor(now / HOUR_MS)}`, now, { type: "shift.check", schedule }));
    const at = dueHandoff(rota, schedule, announced?.at ?? null, now);
    if (at !== null) await submit(news(`shift:${schedule}:${at}`, at, { type: "shift.began", schedule, at }));
  }
  await recordHeartbeat(db, "handoffs", now);
}

function news(key: string, at: Instant, body: ArrangementCommand): CommandSubmission {
  return createSubmission({ key, urgency: 3, at, body });
}

/**
 * To be called now and then: takes over the shifts of schedules that the pager keeps. While the pager cannot be asked
 * about one, its last answer holds; the others are asked all the same.
 */
export async function syncPagerShifts({ policy, connection, paging, clock, log }: Engine): Promise<void> {
  const now = clock();
  const { people, schedules } = policy();
  for (const [name, { pagerduty }] of Object.entries(schedules)) {
    if (pagerduty === undefined) continue;
    try {
      const found = await paging.oncalls(pagerduty, now, now + LOOKAHEAD_MS);
      if (found === null) continue;
      const unknown: string[] = [];
      const shifts = found.flatMap(({ id, email, from, until }): Override[] => {
        const person = Object.keys(people).find(
          (each) => people[each]!.pagerduty === id || (email !== null && people[each]!.email === email),
        );
        if (person === undefined) unknown.push(email ?? id);
        return person === undefined ? [] : [{ schedule: name, person, from, until, source: "pager" }];
      });
      if (unknown.length > 0)
        log.warn(
          { schedule: name, unknown: [...new Set(unknown)] },
          `${paging.title} has people on call who are not in the policy: set people.<name>.pagerduty`,
        );
      await connection.db.transaction((tx) => replacePagerShifts(tx, name, now, now + LOOKAHEAD_MS, shifts));
    } catch (err) {
      log.warn({ schedule: name, err }, "cannot read a schedule of the pager; using its last answer");
    }
  }
}
