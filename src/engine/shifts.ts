import { replacePagerShifts } from "#db/arrangements.ts";
import { MUSTER } from "#domain/language.ts";
import { shiftsOf } from "#domain/oncall.ts";
import type { Engine } from "./engine.ts";
import { rotaAt } from "./perform-oncall.ts";
import type { Submit } from "./submit.ts";

/** A hand-off that nobody noticed is still told so many ms later. */
const LATEST = 30 * 60_000;
/** How far ahead shifts are taken over from the pager, in ms. */
const AHEAD = 60 * 86_400_000;

/** To be called now and then, by any number of processes: tells of hand-offs. The key of each makes it one. */
export async function announceShifts(engine: Engine, submit: Submit): Promise<void> {
  const now = engine.clock();
  const rota = await rotaAt(engine, now);
  for (const schedule of Object.keys(rota.policy.schedules)) {
    const lately = shiftsOf(rota, schedule, now - LATEST, now + 1);
    const ends = [...lately.map(({ to }) => to), ...lately.map(({ from }) => from)].filter((at) => at > now - LATEST && at <= now);
    for (const at of new Set(ends)) {
      const [before, after] = [lately.find(({ to }) => to === at), lately.find(({ from }) => from === at)];
      if (before?.person === after?.person) continue;
      await submit({
        key: `shift:${schedule}:${at}`,
        urgency: 3,
        weight: 1,
        actor: MUSTER,
        at,
        replyTo: null,
        evidence: null,
        body: { type: "shift.began", schedule, at },
      });
    }
  }
}

/** To be called now and then: takes over the shifts of schedules that the pager keeps. While it cannot be asked, what it said last holds. */
export async function followPager({ policy, connection, paging, clock }: Engine): Promise<void> {
  const now = clock();
  for (const [name, { pagerduty }] of Object.entries(policy().schedules)) {
    if (pagerduty === undefined) continue;
    const found = await paging.oncalls(pagerduty, now, now + AHEAD);
    if (found === null) continue;
    const people = policy().people;
    const shifts = found.flatMap(({ id, email, from, until }) => {
      const person = Object.keys(people).find((each) => people[each]!.pagerduty === id || (email !== null && people[each]!.email === email));
      return person === undefined ? [] : [{ schedule: name, person, from, until, source: "pager" as const }];
    });
    await connection.db.transaction((tx) => replacePagerShifts(tx, name, now, shifts));
  }
}
