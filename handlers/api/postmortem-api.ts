import { Router, text, type Request, type Response } from "express";
import { z } from "zod";
import { formatIso } from "#domain/values/instant.ts";
import { incidentId, type Actor } from "#domain/values/language.ts";
import type { Incident } from "#domain/incident/incident.ts";
import { diffLines } from "#domain/postmortem/line-diff.ts";
import { HUMAN_SECTION_NAMES } from "#domain/postmortem/human-section.ts";
import { pageRevisions, stampBase, textsAtRevision, formatEditBase } from "#domain/postmortem/section-versions.ts";
import type { EngineReader } from "#engine/loop/reader.ts";
import { deriveEditBase, publicDraft, type Postmortem } from "#engine/postmortem/postmortem-reader.ts";
import { renderConfluence } from "#views/postmortem/confluence-markup.ts";
import type { PostmortemEditResult, EditPostmortem } from "#engine/postmortem/postmortem-editor.ts";
import type { CommandDoor } from "#handlers/command-reply.ts";
import { jsonBody } from "#handlers/bad-requests.ts";
import { authorOf, callerOf } from "#handlers/access/request-author.ts";
import { CallerName } from "#handlers/request-body.ts";
import { findApiIncident, sendNoIncident } from "./api-queries.ts";

const Sent = z.strictObject({
  markdown: z.string(),
  /** The base of the edit: the ETag, or `base`, of an earlier answer. Absent: the one at the end of the page. */
  base: z.string().optional(),
  /** Who writes, as the versions will name them. */
  as: CallerName.optional(),
});
const Since = z.coerce.number().int().min(0);

/** The page of a postmortem, read and written. JSON and Markdown only: a page of another site cannot send these unasked. */
export function postmortemApiRoutes(door: Pick<CommandDoor, "read" | "act">, write: EditPostmortem): Router {
  const { read } = door;
  const router = Router();

  router.get("/incidents/:id/postmortem", (request, response) => sendPostmortem(read, request, response));
  router.get("/incidents/:id/postmortem/diff", (request, response) => sendDifference(read, request, response));
  router.put(
    "/incidents/:id/postmortem",
    jsonBody("2mb"),
    text({ type: "text/markdown", limit: "2mb", defaultCharset: "utf-8" }),
    (request, response) => takePostmortem(door, write, request, response),
  );
  return router;
}

async function requestedPostmortem(
  read: EngineReader,
  request: Request,
  response: Response,
): Promise<Postmortem | null> {
  const incident = await findApiIncident(read, request, response);
  if (incident === null) return null;
  const postmortem = await read.postmortem(incident.number);
  if (postmortem === null) sendNoIncident(incident.number, response);
  return postmortem;
}

async function sendPostmortem(read: EngineReader, request: Request, response: Response): Promise<void> {
  const postmortem = await requestedPostmortem(read, request, response);
  if (postmortem === null) return;
  const { format } = request.query;
  if (format === "confluence")
    return void response.type("text/plain; charset=utf-8").send(renderConfluence(postmortem.markdown));
  if (format !== undefined && format !== "markdown")
    return void response.status(400).json({ error: "format: expected markdown or confluence" });
  const base = deriveEditBase(postmortem);
  response.set("etag", `"${formatEditBase(base)}"`);
  if (request.accepts(["text/markdown", "json"]) === "json") response.json(present(postmortem));
  else response.type("text/markdown; charset=utf-8").send(stampBase(postmortem.markdown, base));
}

/** What people changed: since version `since` of the page, else in its last one. */
async function sendDifference(read: EngineReader, request: Request, response: Response): Promise<void> {
  const postmortem = await requestedPostmortem(read, request, response);
  if (postmortem === null) return;
  const all = pageRevisions(postmortem.writings);
  const since = Since.safeParse(request.query["since"] ?? Math.max(0, all.length - 1));
  const before = since.success ? textsAtRevision(postmortem.writings, since.data) : null;
  if (before === null)
    return void response
      .status(400)
      .json({ error: `since: expected the number of a version, 0 to ${all.length}; ${all.length} is the newest` });
  const sections = HUMAN_SECTION_NAMES.flatMap((section) => {
    const [previous, is] = [before[section] ?? "", postmortem.human[section] ?? ""];
    return previous === is ? [] : [{ section, lines: diffLines(previous, is) }];
  });
  response.json({ since: since.data, version: all.length, sections });
}

async function takePostmortem(
  { read, act }: Pick<CommandDoor, "read" | "act">,
  write: EditPostmortem,
  request: Request,
  response: Response,
): Promise<void> {
  const incident = await findApiIncident(read, request, response);
  if (incident === null) return;
  const { number } = incident;
  if (!request.is(["application/json", "text/markdown"]))
    return void response.status(415).json({ error: 'send text/markdown, or application/json with {"markdown": …}' });
  const body: unknown =
    typeof request.body === "string"
      ? { markdown: request.body, ...(request.query["as"] && { as: request.query["as"] }) }
      : request.body;
  const sent = Sent.safeParse(body);
  if (!sent.success)
    return void response.status(400).json({
      error: sent.error.issues.map((issue) => `${issue.path.join(".") || "body"}: ${issue.message}`).join("; "),
    });
  const { markdown, base = request.get("if-match") ?? null, as } = sent.data;
  const caller = callerOf(request);
  const found = authorOf(caller, as ?? (caller.kind === "named" ? null : "API"), "api");
  if (!found.ok) return void response.status(found.status).json({ error: found.error });
  const author: Actor = { kind: "person", ...found.person };
  const refusal = await act.mayUse("postmortem", author, incident);
  if (refusal !== null) return void response.status(403).json({ error: refusal });
  answer(number, await write({ incident: number, markdown, base, author }), response);
}

function answer(number: number, edited: PostmortemEditResult, response: Response): void {
  switch (edited.kind) {
    case "unknown":
      return sendNoIncident(number, response);
    case "baseless":
      return void response.status(428).json({
        error:
          "it does not say what it was made from: keep the last line of the page (muster:base), or send the ETag it came with as If-Match",
      });
    case "unreadable":
      return void response.status(422).json({
        error: edited.problems.map(({ line, what, fix }) => `line ${line}: ${what}: ${fix}`).join("; "),
        problems: edited.problems,
      });
    case "conflict": {
      const where = edited.conflicts.map(({ section, by }) => `${section} (${by ?? "someone"})`).join(", ");
      return void response.status(409).json({
        error: `someone else changed the same since: ${where}. Nothing was stored; choose between both texts and send it again`,
        conflicts: edited.conflicts,
        markdown: edited.markdown,
        base: formatEditBase(edited.base),
      });
    }
    case "written":
      return void response.set("etag", `"${formatEditBase(edited.base)}"`).json({
        id: incidentId(number),
        written: edited.sections,
        markdown: edited.markdown,
        base: formatEditBase(edited.base),
      });
  }
}

function present(postmortem: Postmortem): object {
  const { draft, human, markdown, problems, writings } = postmortem;
  return {
    id: incidentId(draft.incident.number),
    computed: publicDraft(draft),
    human,
    markdown,
    review: { ...reviewOf(draft.incident), checklist: problems },
    base: formatEditBase(deriveEditBase(postmortem)),
    versions: pageRevisions(writings).map(({ number, at, author, sections }) => ({
      version: number,
      at: formatIso(at),
      by: author.name,
      sections,
    })),
  };
}

function reviewOf({ postmortem: { state, owner, reviewers, due, waived } }: Incident): object {
  return {
    state,
    owner,
    reviewers,
    due,
    waived: waived.map(({ from, ...rest }) => ({ from: formatIso(from), ...rest })),
  };
}
