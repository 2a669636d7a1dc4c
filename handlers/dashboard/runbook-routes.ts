import { Router } from "express";
import { catalogPage, runbookPage, type CatalogProblem, type CatalogRunbook } from "#views/dashboard/runbook-pages.ts";
import { sendNotFound, visitorOf } from "./visitor.ts";

/** The runbooks there are, as they are now. */
export type RunbookCatalogView = () => Promise<{
  readonly runbooks: readonly CatalogRunbook[];
  readonly problems: readonly CatalogProblem[];
}>;

/** The catalogue of runbooks, and each as people read it. */
export function runbookRoutes(catalog: RunbookCatalogView): Router {
  const router = Router();
  router.get("/runbooks", async (request, response) => {
    const { runbooks, problems } = await catalog();
    response.type("html").send(catalogPage(visitorOf(request).frame, runbooks, problems));
  });
  router.get("/runbooks/:id", async (request, response) => {
    const runbook = (await catalog()).runbooks.find(({ id }) => id === request.params.id);
    if (runbook === undefined) return sendNotFound(request, response, `runbook ${request.params.id}`);
    response.type("html").send(runbookPage(visitorOf(request).frame, runbook));
  });
  return router;
}
