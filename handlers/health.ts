import { Router, type Request, type Response } from "express";
import { NamedProblem } from "#domain/values/named-problem.ts";
import { PortError, type PortFailure } from "#ports/port-error.ts";

/**
 * One dependency, asked for real. `critical`: without it this process can do nothing useful; a function where that depends on
 * how wrong it is. `outside`: asking costs a
 * request to someone else, so its answer is kept for some seconds.
 */
export type HealthCheck = {
  readonly name: string;
  readonly critical: boolean | (() => boolean);
  readonly outside?: true;
  readonly probe: () => Promise<void>;
};

/** `monotonic`: ms that go on evenly. `onProblem`: for the log, once for each time that a dependency begins to fail. */
export type HealthMeans = {
  readonly monotonic: () => number;
  readonly onProblem: (check: string, error: unknown) => void;
};

type Result = { readonly healthy: boolean; readonly latencyMs: number; readonly error?: string };

/** How long a dependency may take to answer before it counts as down, in ms. */
const TIMEOUT_MS = 3_000;
/** How long the answer of someone outside is kept, in ms: strangers may ask for health as often as they like. */
const KEPT_MS = 5_000;

/**
 * /health/startup (are migrations done and workers up), /health/live (does the event loop turn), /health/ready
 * (does every dependency answer; a dead Slack or pager only degrades; 503 comes with the reason). `/health` answers as
 * ready does. `showsDetails`: whether a request is shown more than whether all is well. `stopping` makes it unready, so that nothing new is sent here while work in flight is finished.
 */
export function healthRoutes(
  state: { readonly started: () => boolean; readonly stopping: () => boolean },
  checks: readonly HealthCheck[],
  metrics: () => Promise<{ readonly type: string; readonly text: string }>,
  means: HealthMeans,
  showsDetails: (request: Request, response: Response) => Promise<boolean> = () => Promise.resolve(true),
): Router {
  const router = Router();
  const asked = checks.map((check) => ({ ...check, ask: sharedCheck(check, means) }));
  router.get("/health/live", (_, response) => void response.json({ healthy: true }));
  router.get(
    "/health/startup",
    (_, response) => void response.status(state.started() ? 200 : 503).json({ healthy: state.started() }),
  );
  router.get(["/health", "/health/ready"], async (request, response) => {
    const results = await Promise.all(
      asked.map(async (check): Promise<[HealthCheck, Result]> => [check, await check.ask()]),
    );
    const reasons = [
      ...(state.started() ? [] : ["the start is not complete"]),
      ...(state.stopping() ? ["it is stopping"] : []),
      ...results.flatMap(([{ name, critical }, { healthy: ok, error }]) =>
        !ok && isCritical(critical) ? [`${name}: ${error ?? "failed"}`] : [],
      ),
    ];
    const healthy = reasons.length === 0;
    const degraded = results.some(([, result]) => !result.healthy);
    response.status(healthy ? 200 : 503);
    if (!(await showsDetails(request, response))) return void response.json({ healthy, degraded });
    response.json({
      healthy,
      degraded,
      ...(healthy ? {} : { reason: reasons.join("; ") }),
      checks: Object.fromEntries(results.map(([{ name }, result]) => [name, result])),
    });
  });
  router.get("/metrics", async (request, response, next) => {
    if (!(await showsDetails(request, response))) return next();
    const { type, text } = await metrics();
    response.set("content-type", type).send(text);
  });
  return router;
}

function isCritical(critical: HealthCheck["critical"]): boolean {
  return typeof critical === "function" ? critical() : critical;
}

/** Those who ask while an answer is on its way share it; the answer of someone outside is kept for a while after it. */
function sharedCheck(check: HealthCheck, { monotonic, onProblem }: HealthMeans): () => Promise<Result> {
  let asking: Promise<Result> | null = null;
  let kept: { readonly result: Result; readonly at: number } | null = null;
  let failing = false;
  const ask = async (): Promise<Result> => {
    const { result, cause } = await runCheck(check, monotonic);
    if (cause !== null && !failing) onProblem(check.name, cause);
    failing = cause !== null;
    kept = { result, at: monotonic() };
    return result;
  };
  return () => {
    if (check.outside === true && kept !== null && monotonic() - kept.at < KEPT_MS) return Promise.resolve(kept.result);
    asking ??= ask().finally(() => (asking = null));
    return asking;
  };
}

/** `cause`: what the log must record; null: nothing, the result holds all. */
async function runCheck(
  { probe }: HealthCheck,
  monotonic: () => number,
): Promise<{ readonly result: Result; readonly cause: unknown }> {
  const began = monotonic();
  const took = (): number => Math.round(monotonic() - began);
  let timer: NodeJS.Timeout | undefined;
  try {
    await Promise.race([
      probe(),
      new Promise(
        (_, reject) =>
          (timer = setTimeout(() => reject(new NamedProblem(`no answer within ${TIMEOUT_MS} ms`)), TIMEOUT_MS)),
      ),
    ]);
    return { result: { healthy: true, latencyMs: took() }, cause: null };
  } catch (error) {
    const result = { healthy: false, latencyMs: took(), error: publicReason(error) };
    return { result, cause: error instanceof NamedProblem ? null : error };
  } finally {
    clearTimeout(timer);
  }
}

const FAILURES: Readonly<Record<PortFailure, string>> = {
  rate_limited: "asks us to wait",
  unreachable: "cannot be reached",
  timeout: "does not answer in time",
  server_error: "reports a fault of its own",
  unauthorized: "refuses our credentials",
  forbidden: "refuses permission",
  not_found: "does not find what was asked",
  invalid: "refuses the request",
  unsupported: "is not set up",
};

/** What strangers may read of an error: words of ours, and of others only their kind. */
function publicReason(error: unknown): string {
  if (error instanceof NamedProblem) return error.message;
  const kind = error instanceof PortError ? FAILURES[error.reason] : "failed";
  return `${kind}; the log of Muster says more`;
}
