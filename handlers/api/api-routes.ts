import { Router } from "express";
import type { Instant } from "#domain/values/language.ts";
import type { EngineReader } from "#engine/loop/reader.ts";
import type { RequestGuard } from "#handlers/token-guard.ts";
import { addAlertApi, addIncidentApi } from "./incident-api.ts";
import { addOnCallApi, addStatisticsApi } from "./reporting-api.ts";
import { addRunApi } from "./run-api.ts";

/** The JSON API: reads, and the grammar of the chat. Every error is `{"error": "…"}` that names the parameter. */
export function apiRoutes(
  read: EngineReader,
  guard: RequestGuard,
  more: readonly Router[],
  clock: () => Instant,
): Router {
  const router = Router();
  router.use((request, response, next) => {
    response.set({ "cache-control": "no-store", "x-content-type-options": "nosniff" });
    const denied = guard(request);
    if (denied === null) next();
    else response.status(401).set("www-authenticate", 'Basic realm="Muster"').json({ error: denied });
  });

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
