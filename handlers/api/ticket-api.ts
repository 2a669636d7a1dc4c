import { Router } from "express";

/** `POST /api/tickets/retry`: tries the refused tickets again, once their place is mended. `retry` answers how many there are. */
export function ticketApiRoutes(retry: () => Promise<number>): Router {
  const router = Router();
  router.post("/tickets/retry", async (_, response) => void response.status(202).json({ retried: await retry() }));
  return router;
}
