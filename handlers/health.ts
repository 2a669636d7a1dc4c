import { Router } from "express";

/** One dependency, asked for real. `critical`: without it this process can do nothing useful. */
export type HealthCheck = { readonly name: string; readonly critical: boolean; readonly probe: () => Promise<void> };

type Result = { readonly healthy: boolean; readonly latencyMs: number; readonly error?: string };

/** How long a dependency may take to answer before it counts as down, in ms. */
const TIMEOUT_MS = 3_000;

/**
 * /health/startup (are migrations done and workers up), /health/live (does the event loop turn), /health/ready
 * (does every dependency answer; a dead Slack or pager only degrades; 503 comes with the reason). `/health` answers as
 * ready does. `stopping` makes it unready, so that nothing new is sent here while work in flight is finished.
 */
export function healthRoutes(
  state: { readonly started: () => boolean; readonly stopping: () => boolean },
  checks: readonly HealthCheck[],
  metrics: () => Promise<{ readonly type: string; readonly text: string }>,
  stopwatch: () => () => number,
): Router {
  const router = Router();
  router.get("/health/live", (_, response) => void response.json({ healthy: true }));
  router.get(
    "/health/startup",
    (_, response) => void response.status(state.started() ? 200 : 503).json({ healthy: state.started() }),
  );
  router.get(["/health", "/health/ready"], async (_, response) => {
    const results = await Promise.all(
      checks.map(async (check): Promise<[HealthCheck, Result]> => [check, await runCheck(check, stopwatch())]),
    );
    const reasons = [
      ...(state.started() ? [] : ["the start is not complete"]),
      ...(state.stopping() ? ["it is stopping"] : []),
      ...results.flatMap(([{ name, critical }, { healthy: ok, error }]) =>
        critical && !ok ? [`${name}: ${error ?? "failed"}`] : [],
      ),
    ];
    const healthy = reasons.length === 0;
    const degraded = results.some(([, result]) => !result.healthy);
    response.status(healthy ? 200 : 503).json({
      healthy,
      degraded,
      ...(healthy ? {} : { reason: reasons.join("; ") }),
      checks: Object.fromEntries(results.map(([{ name }, result]) => [name, result])),
    });
  });
  router.get("/metrics", async (_, response) => {
    const { type, text } = await metrics();
    response.set("content-type", type).send(text);
  });
  return router;
}

async function runCheck({ probe }: HealthCheck, elapsed: () => number): Promise<Result> {
  const took = (): number => Math.round(elapsed());
  let timer: NodeJS.Timeout | undefined;
  try {
    await Promise.race([
      probe(),
      new Promise(
        (_, reject) => (timer = setTimeout(() => reject(new Error(`no answer within ${TIMEOUT_MS} ms`)), TIMEOUT_MS)),
      ),
    ]);
    return { healthy: true, latencyMs: took() };
  } catch (error) {
    return {
      healthy: false,
      latencyMs: took(),
      error: error instanceof Error ? error.message || error.name : String(error),
    };
  } finally {
    clearTimeout(timer);
  }
}
