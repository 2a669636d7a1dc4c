import { Router } from "express";
import { cataloguePage, runbookPage, type ShelfProblem, type ShelvedRunbook } from "#views/dashboard/runbooks.ts";
import { notFound, visitorOf } from "./visitor.ts";

/** The runbooks there are, as they are now. */
export type RunbookShelf = () => Promise<{ readonly runbooks: readonly ShelvedRunbook[]; readonly problems: readonly ShelfProblem[] }>;

/** The catalogue of runbooks, and each as people read it. */
export function runbookDoor(shelf: RunbookShelf): Router {
  const router = Router();
  router.get("/runbooks", async (request, response) => {
    const { runbooks, problems } = await shelf();
    response.type("html").send(cataloguePage(visitorOf(request).frame, runbooks, problems));
  });
  router.get("/runbooks/:id", async (request, response) => {
    const runbook = (await shelf()).runbooks.find(({ id }) => id === request.params.id);
    if (runbook === undefined) return notFound(request, response, `runbook ${request.params.id}`);
    response.type("html").send(runbookPage(visitorOf(request).frame, runbook));
  });
  return router;
}
