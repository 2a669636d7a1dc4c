import { Router } from "express";
import type { Instant } from "#domain/values/language.ts";
import type { EngineReader } from "#engine/loop/reader.ts";
import { requireEndpoint, requireToken } from "#handlers/access/api-access.ts";
import type { RequestGuard } from "#handlers/access/token-guard.ts";
import { addAlertApi, addIncidentApi } from "./incident-api.ts";
import { addOnCallApi, addStatisticsApi } from "./reporting-api.ts";
import { addCallerApi } from "./token-api.ts";
import { addRunApi } from "./run-api.ts";

/** The JSON API: reads, and the grammar of the chat. Every error is `{"error": "…"}` that names the parameter. */
export function apiRoutes(
  read: EngineReader,
  guard: RequestGuard,
  more: readonly Router[],
  clock: () => Instant,
): Router {
  const router = Router();
  router.use(
    (_, response, next) => {
      response.set({ "cache-control": "no-store", "x-content-type-options": "nosniff" });
      next();
    },
    requireToken(guard),
    requireEndpoint,
  );

  addCallerApi(router);
  router.use(...more);

  addIncidentApi(router, read);
  addRunApi(router, read);
  addAlertApi(router, read);
  addOnCallApi(router, read, clock);
  addStatisticsApi(router, read, clock);

  router.use(
    (request, response) =>
      void response.status(404).json({ error: `there is no ${request.method} /api${request.path}` }),
  );
  return router;
}
