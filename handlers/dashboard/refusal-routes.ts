import { Router, urlencoded } from "express";
import { z } from "zod";
import type { EngineReader } from "#engine/loop/reader.ts";
import type { AuditLog } from "#ports/audit-log.ts";
import { refusalsPage } from "#views/dashboard/refusals-page.ts";
import { csrfGuard } from "./form-guard.ts";
import { visitorOf, type DashboardAccess } from "./visitor.ts";

/** Marks refused alerts as dealt with, in someone's name. Answers how many were still open. */
export type SettleRefusals = (ids: readonly number[], by: string) => Promise<number>;

/** Refused alerts on one page, and in one form. */
const SHOWN = 200;

const Settled = z.object({
  // One field is a text, several are a list.
  id: z.preprocess(
    (ids) => [ids].flat(),
    z.array(z.coerce.number().int().min(1).max(Number.MAX_SAFE_INTEGER)).max(SHOWN),
  ),
});

/** The alerts that the doors refused, until someone has dealt with them. */
export function refusalRoutes(
  read: EngineReader,
  {
    settleRefusals: settle,
    audit,
  }: { readonly settleRefusals: SettleRefusals; readonly audit: Pick<AuditLog, "record"> },
  access: DashboardAccess,
): Router {
  const router = Router();
  router.get("/refused", async (request, response) => {
    response.type("html").send(refusalsPage(visitorOf(request).frame, await read.refusals(SHOWN)));
  });
  router.post(
    "/refused",
    urlencoded({ extended: false, limit: "20kb", parameterLimit: SHOWN + 10 }),
    csrfGuard(access),
    async (request, response) => {
      const parsed = Settled.safeParse(request.body);
      const { viewer } = visitorOf(request);
      if (parsed.success && (await settle(parsed.data.id, viewer.name)) > 0)
        await audit.record({
          ...{ kind: "command", what: "refusals.settle", subject: null, result: "applied" },
          person: { id: viewer.id, name: viewer.name },
          text: JSON.stringify({ ids: parsed.data.id }),
        });
      response.redirect(303, "/refused");
    },
  );
  return router;
}
