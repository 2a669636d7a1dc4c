import { refreshStaleFigures } from "#db/reporting/stale-figures.ts";
import { DAY_MS } from "#domain/values/duration.ts";
import type { Engine } from "#engine/base/engine.ts";
import { catalogHash, refreshLookups } from "./catalog-lookups.ts";

type KeptParts = Pick<Engine, "connection" | "automation" | "clock">;

/** How far back incidents are looked up before anyone asks: as far as reports usually go, in ms. */
const AHEAD_MS = 366 * DAY_MS;

/** Lets what waits for the event loop have its turn. */
const nextTurn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

/** Completes figures that a version without them left behind. */
export function completeFigures({ connection: { db } }: Pick<Engine, "connection">): Promise<number> {
  return refreshStaleFigures(db, nextTurn);
}

/** To be called now and then: figures that a version without them left behind, and look-ups after each change of the catalog. */
export function createFiguresRefresh(engine: KeptParts): () => Promise<void> {
  let catalog: string | null = null;
  return async () => {
    await completeFigures(engine);
    const current = catalogHash(engine);
    if (current === catalog) return;
    const now = engine.clock();
    await refreshLookups(engine, { from: now - AHEAD_MS, to: now, service: null, private: true });
    catalog = current;
  };
}

/** To be awaited before figures are read: the first time it waits until none are missing. */
export function createFiguresReady(engine: Pick<Engine, "connection">): () => Promise<unknown> {
  let ready: Promise<unknown> | null = null;
  return () => {
    ready ??= completeFigures(engine).catch((error: unknown) => {
      ready = null;
      throw error;
    });
    return ready;
  };
}
