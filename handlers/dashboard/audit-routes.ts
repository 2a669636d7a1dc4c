import { Router } from "express";
import { z } from "zod";
import { AUDIT_KINDS, type AuditFilter } from "#domain/reporting/audit-entry.ts";
import type { AuditLog } from "#ports/audit-log.ts";
import { auditPage } from "#views/dashboard/audit-page.ts";
import { sendNotFound, visitorOf } from "./visitor.ts";

/** Entries on one page. */
const SHOWN = 100;

const Filter = z.object({
  kind: z.enum(AUDIT_KINDS).optional().catch(undefined),
  person: z.string().trim().max(200).catch("").default(""),
  before: z.coerce.number().int().min(1).max(Number.MAX_SAFE_INTEGER).optional().catch(undefined),
});

/** The audit log, for those whom `auditors` of the policy names: a token is no one in particular. */
export function auditRoutes(audit: AuditLog): Router {
  const router = Router();
  router.get("/audit", async (request, response) => {
    const { viewer, frame } = visitorOf(request);
    if (viewer.by === "token" || !(await audit.mayRead(viewer)))
      return sendNotFound(request, response, "page /audit for you");
    const { kind, person, before } = Filter.parse(request.query);
    const filter: AuditFilter = {
      limit: SHOWN + 1,
      ...(kind === undefined ? {} : { kind }),
      ...(person === "" ? {} : { person }),
      ...(before === undefined ? {} : { before }),
    };
    const found = await audit.list(filter);
    await audit.record({
      kind: "read",
      what: "audit.read",
      subject: null,
      result: "unchanged",
      person: { id: viewer.id, name: viewer.name },
      text: JSON.stringify({ kind, person, before }),
    });
    const entries = found.slice(0, SHOWN);
    const next = found.length > SHOWN ? entries.at(-1)!.seq : null;
    response.type("html").send(auditPage(frame, { entries, kind: kind ?? null, person, next }));
  });
  return router;
}
