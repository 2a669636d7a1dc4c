import { Router, type Response } from "express";
import { incidentNumber } from "#domain/language.ts";
import type { Reader } from "#engine/read.ts";
import { incidentPage, listPage, messagePage, postmortemPage } from "#views/pages.ts";
import type { Guard } from "./auth.ts";

/** The pages for people: what is on fire, one incident, its postmortem. Server-rendered, no script, nothing from elsewhere. */
export function dashboard(read: Reader, guard: Guard, clock: () => number): Router {
  const router = Router();
  router.use((request, response, next) => {
    const denied = guard(request);
    response.set({
      "content-security-policy":
        "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
      "x-content-type-options": "nosniff",
      "referrer-policy": "no-referrer",
      "cache-control": "no-store",
    });
    if (denied === null) next();
    else response.status(401).set("www-authenticate", 'Basic realm="Muster", charset="UTF-8"').type("html").send(messagePage("Sign in", denied));
  });

  router.get("/", async (_, response) => void response.type("html").send(listPage(await read.incidents({ limit: 200, private: false }), clock())));

  router.get("/incidents/:id", async (request, response) => {
    const number = incidentNumber(request.params.id);
    const incident = number === null ? null : await read.incident(number);
    if (incident === null) return missing(request.params.id, response);
    response
      .type("html")
      .send(incidentPage(incident, (await read.timeline(incident.number)) ?? [], await read.alerts({ incident: incident.number, limit: 200 })));
  });

  router.get("/incidents/:id/postmortem", async (request, response) => {
    const number = incidentNumber(request.params.id);
    const found = number === null ? null : await read.postmortem(number);
    if (found === null) return missing(request.params.id, response);
    response.type("html").send(postmortemPage(request.params.id, found.markdown));
  });
  return router;
}

function missing(id: string, response: Response): void {
  response
    .status(404)
    .type("html")
    .send(messagePage("Not found", `There is no incident ${id}.`));
}
