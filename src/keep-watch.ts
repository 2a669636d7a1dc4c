import { wishChecks } from "#db/effects.ts";
import { prune } from "#db/prune.ts";
import { LANES } from "#domain/language.ts";
import { audit } from "#engine/audit.ts";
import { createDigest } from "#engine/digest.ts";
import type { Engine } from "#engine/engine.ts";
import { createMirror } from "#engine/mirror.ts";
import { sweep, type Drains } from "#engine/relay.ts";
import { announceShifts, followPager } from "#engine/shifts.ts";
import type { Submit } from "#engine/submit.ts";
import { hearUnmuted } from "#engine/unmute.ts";
import { createWeek } from "#engine/week.ts";
import { watchSources } from "#engine/watch.ts";

/** What a worker does by the clock: find forgotten work, send the day's digest, forget what is long done. */
export function keepWatch(engine: Engine, drains: Drains, submit: Submit, every: number): NodeJS.Timeout[] {
  const guarded = (what: string, work: () => Promise<unknown>) => (): void =>
    void work().catch((err: unknown) => engine.log.warn({ err }, `${what} failed; the next one tries again`));
  return [
    setInterval(
      guarded("the sweep", () => sweep(engine, drains, LANES)),
      every,
    ),
    setInterval(guarded("the digest", createDigest(engine, submit)), 30_000),
    setInterval(guarded("the digest of the week", createWeek(engine, submit)), 30_000),
    setInterval(
      guarded("watching the sources", () => watchSources(engine, submit)),
      60_000,
    ),
    setInterval(
      guarded("telling of hand-offs", () => announceShifts(engine, submit)),
      30_000,
    ),
    setInterval(guarded("looking at the tickets of follow-ups", createMirror(engine, submit)), 5 * 60_000),
    setInterval(
      guarded("following the pager's schedules", () => followPager(engine)),
      5 * 60_000,
    ),
    setInterval(
      guarded("looking at muted alerts", () => hearUnmuted(engine, submit)),
      30_000,
    ),
    setInterval(
      guarded("the audit of escalations", () => audit(engine, submit)),
      60_000,
    ),
    setInterval(
      guarded("looking at the channels", async () => {
        await wishChecks(engine.connection.db, engine.clock());
        engine.nudge("chat", { urgency: 4, delayMs: 0 });
      }),
      30_000,
    ),
    setInterval(
      guarded("pruning", () => prune(engine.connection.db, engine.clock())),
      3_600_000,
    ),
  ];
}
