import { randomUUID } from "node:crypto";
import { Router, urlencoded, type Request, type Response } from "express";
import { z } from "zod";
import { HUMAN_NAMES, type HumanSection } from "#domain/human-section.ts";
import type { Incident } from "#domain/incident.ts";
import { incidentId } from "#domain/language.ts";
import { parse } from "#domain/postmortem-text.ts";
import type { Reader } from "#engine/read.ts";
import type { Writer } from "#engine/write-section.ts";
import { messagePage } from "#views/dashboard/frame.ts";
import { conflictPage, editPage, postmortemPage } from "#views/dashboard/postmortem.ts";
import { incidentSeen, notFound, ours, outcomeOf, visitorOf, type Reception } from "./visitor.ts";

const Edit = z.object({ text: z.string().max(100_000), base: z.coerce.number().int().min(0) });

/** The postmortem: read by everybody who sees the incident, written section by section, reviewed and closed. */
export function postmortemDoor(read: Reader, writer: Writer, desk: Reception): Router {
  const router = Router();

  const sectionOf = (request: Request, response: Response): HumanSection | null => {
    const name = HUMAN_NAMES.find((each) => each === request.params["section"]) ?? null;
    if (name === null) notFound(request, response, `section ${String(request.params["section"])}`);
    return name;
  };
  /** What stands in a section when nobody wrote there: the question, or what was computed for people to go on from. */
  const questionOf = async (incident: Incident, section: HumanSection): Promise<string> => {
    const parsed = parse((await read.postmortem(incident.number))?.markdown ?? "");
    return (parsed.ok ? parsed.texts[section] : undefined) ?? "";
  };

  router.get("/incidents/:id/postmortem", async (request, response) => {
    const incident = await incidentSeen(read, request, response);
    if (incident === null) return;
    const { markdown, problems } = (await read.postmortem(incident.number))!;
    const [versions, said] = await Promise.all([writer.texts(incident.number), outcomeOf(request, read)]);
    response.type("html").send(postmortemPage(visitorOf(request).frame, { incident, markdown, versions, problems, said, key: randomUUID() }));
  });

  router.get("/incidents/:id/postmortem.md", async (request, response) => {
    const incident = await incidentSeen(read, request, response);
    if (incident === null) return;
    response.type("text/markdown; charset=utf-8").send((await read.postmortem(incident.number))!.markdown);
  });

  router.get("/incidents/:id/postmortem/:section", async (request, response) => {
    const incident = await incidentSeen(read, request, response);
    const section = incident === null ? null : sectionOf(request, response);
    if (incident === null || section === null) return;
    const versions = await writer.versions(incident.number, section);
    const newest = versions[0];
    const text = newest?.text ?? (await questionOf(incident, section));
    response.type("html").send(editPage(visitorOf(request).frame, { id: incidentId(incident.number), section, text, base: newest?.version ?? 0, versions }));
  });

  router.post("/incidents/:id/postmortem/:section", urlencoded({ extended: false, limit: "400kb" }), ours(desk), async (request, response) => {
    const incident = await incidentSeen(read, request, response);
    const section = incident === null ? null : sectionOf(request, response);
    if (incident === null || section === null) return;
    const { viewer, frame } = visitorOf(request);
    const parsed = Edit.safeParse(request.body);
    if (!parsed.success)
      return void response
        .status(400)
        .type("html")
        .send(messagePage(frame, "Not saved", z.prettifyError(parsed.error)));
    // Browsers send the line ends of another age.
    const text = parsed.data.text.replaceAll("\r\n", "\n");
    const done = await writer.write(incident, section, text, { id: viewer.id, name: viewer.name }, parsed.data.base);
    const id = incidentId(incident.number);
    switch (done.kind) {
      case "written":
        return response.redirect(303, `/incidents/${id}/postmortem#${section}`);
      case "unreadable":
      case "refused":
        return void response
          .status(done.kind === "refused" ? 403 : 422)
          .type("html")
          .send(messagePage(frame, "Not saved", done.why));
      case "conflict":
        return void response
          .status(409)
          .type("html")
          .send(conflictPage(frame, { id, section, text, base: done.current.version, versions: [] }, done.base, done.current));
    }
  });
  return router;
}
