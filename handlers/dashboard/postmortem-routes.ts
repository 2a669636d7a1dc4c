import { randomUUID } from "node:crypto";
import { Router, urlencoded, type Request, type Response } from "express";
import { z } from "zod";
import { HUMAN_SECTION_NAMES, type HumanSection } from "#domain/postmortem/human-section.ts";
import type { Incident } from "#domain/incident/incident.ts";
import { parsePostmortem } from "#domain/postmortem/postmortem-text.ts";
import type { EngineReader } from "#engine/loop/reader.ts";
import type { CommandDoor } from "#handlers/command-reply.ts";
import type { SectionAuthor, SectionEditor } from "#engine/postmortem/section-editor.ts";
import { incidentPath } from "#domain/incident/incident-path.ts";
import { messagePage } from "#views/dashboard/page-frame.ts";
import { editConflictPage, sectionEditPage, postmortemPage } from "#views/dashboard/postmortem-page.ts";
import { csrfGuard, readOutcome, viaOf } from "./form-guard.ts";
import { findVisibleIncident, sendNotFound, visitorOf, type DashboardAccess, type DashboardViewer } from "./visitor.ts";

const Edit = z.object({ text: z.string().max(100_000), base: z.coerce.number().int().min(0) });

/** The postmortem: read by everyone who sees the incident, written section by section, reviewed and closed. */
export function postmortemRoutes(door: CommandDoor, writer: SectionEditor, access: DashboardAccess): Router {
  const { read } = door;
  const router = Router();
  router.get("/incidents/:id/postmortem", async (request, response) => {
    // Waited for before anything else is read: what the page shows is the state after it.
    const outcome = await readOutcome(request, read);
    const incident = await findVisibleIncident(read, request, response);
    if (incident === null) return;
    const { markdown, problems } = (await read.postmortem(incident.number))!;
    const versions = await writer.texts(incident.number);
    response.type("html").send(
      postmortemPage(visitorOf(request).frame, {
        incident,
        markdown,
        versions,
        problems,
        answer: outcome,
        refusal: await writingRefusal(door, request, incident),
        key: randomUUID(),
      }),
    );
  });

  router.get("/incidents/:id/postmortem.md", async (request, response) => {
    const incident = await findVisibleIncident(read, request, response);
    if (incident === null) return;
    response.type("text/markdown; charset=utf-8").send((await read.postmortem(incident.number))!.markdown);
  });

  router.get("/incidents/:id/postmortem/:section", (request, response) => showSection(door, writer, request, response));
  router.post(
    "/incidents/:id/postmortem/:section",
    urlencoded({ extended: false, limit: "400kb" }),
    csrfGuard(access),
    (request, response) => writeSection(door, writer, request, response),
  );
  return router;
}

function sectionOf(request: Request, response: Response): HumanSection | null {
  const name = HUMAN_SECTION_NAMES.find((each) => each === request.params["section"]) ?? null;
  if (name === null) sendNotFound(request, response, `section ${String(request.params["section"])}`);
  return name;
}

/** The content of an empty section: its question, or a computed start for its author. */
async function questionOf(read: EngineReader, incident: Incident, section: HumanSection): Promise<string> {
  const parsed = parsePostmortem((await read.postmortem(incident.number))?.markdown ?? "");
  return (parsed.ok ? parsed.texts[section] : undefined) ?? "";
}

/** Why a visitor would be refused what they write into it; null: they would not. */
async function writingRefusal({ act }: CommandDoor, request: Request, incident: Incident): Promise<string | null> {
  const { viewer } = visitorOf(request);
  return (await act.offers(viewer, viaOf(viewer), incident))("postmortem");
}

async function showSection(
  door: CommandDoor,
  writer: SectionEditor,
  request: Request,
  response: Response,
): Promise<void> {
  const { read } = door;
  const incident = await findVisibleIncident(read, request, response);
  const section = incident === null ? null : sectionOf(request, response);
  if (incident === null || section === null) return;
  const versions = await writer.versions(incident.number, section);
  const newest = versions[0];
  const text = newest?.text ?? (await questionOf(read, incident, section));
  response.type("html").send(
    sectionEditPage(visitorOf(request).frame, {
      incident,
      section,
      text,
      base: newest?.version ?? 0,
      versions,
      refusal: await writingRefusal(door, request, incident),
    }),
  );
}

function authorOf(viewer: DashboardViewer): SectionAuthor {
  return { id: viewer.id, name: viewer.name, via: viaOf(viewer) };
}

async function writeSection(
  { read }: CommandDoor,
  writer: SectionEditor,
  request: Request,
  response: Response,
): Promise<void> {
  const incident = await findVisibleIncident(read, request, response);
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
  const done = await writer.write(incident, section, text, authorOf(viewer), parsed.data.base);
  switch (done.kind) {
    case "written":
      return response.redirect(303, incidentPath(incident, { page: "postmortem", part: section }));
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
        .send(
          editConflictPage(
            frame,
            { incident, section, text, base: done.current.version, versions: [], refusal: null },
            done.base,
            done.current,
          ),
        );
  }
}
