import { wishChecks } from "#db/effects.ts";
import { prune } from "#db/prune.ts";
import { nextUtc, utcDay } from "#domain/instant.ts";
import { LANES, MUSTER } from "#domain/language.ts";
import type { Engine } from "#engine/engine.ts";
import { sweep, type Drains } from "#engine/relay.ts";
import type { Submit } from "#engine/submit.ts";
import { watchSources } from "#engine/watch.ts";

/** What a worker does by the clock: find forgotten work, send the day's digest, forget what is long done. */
export function keepWatch(engine: Engine, drains: Drains, submit: Submit, every: number): NodeJS.Timeout[] {
  const guarded = (what: string, work: () => Promise<unknown>) => (): void =>
    void work().catch((err: unknown) => engine.log.warn({ err }, `${what} failed; the next one tries again`));
  let digested = "";
  const digest = async (): Promise<void> => {
    const now = engine.clock();
    const due = nextUtc(now - 86_400_000, engine.policy().digest.at);
    const day = utcDay(due);
    if (day === digested || now - due > 12 * 3_600_000) return;
    await submit({ key: `digest:${day}`, urgency: 4, weight: 1, actor: MUSTER, at: due, replyTo: null, evidence: null, body: { type: "digest.due", day } });
    digested = day;
  };
  return [
    setInterval(
      guarded("the sweep", () => sweep(engine, drains, LANES)),
      every,
    ),
    setInterval(guarded("the digest", digest), 30_000),
    setInterval(
      guarded("watching the sources", () => watchSources(engine, submit)),
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
