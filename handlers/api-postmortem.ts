import { json, Router, text, type Request, type Response } from "express";
import { z } from "zod";
import { iso } from "#domain/instant.ts";
import { incidentId, incidentNumber, type Actor } from "#domain/language.ts";
import type { Incident } from "#domain/incident.ts";
import { lineDiff } from "#domain/line-diff.ts";
import { HUMAN_NAMES } from "#domain/human-section.ts";
import { revisions, stamped, textsBy, writeBase } from "#domain/writing.ts";
import type { Reader } from "#engine/read.ts";
import { baseOf, type Postmortem } from "#engine/read-postmortem.ts";
import { confluence } from "#views/confluence.ts";
import type { Edited, Write } from "#engine/write.ts";
import { Name } from "./body.ts";

const Sent = z.strictObject({
  markdown: z.string(),
  /** What the page was made from: the ETag, or `base`, of an earlier answer. Absent: as the page says at its end. */
  base: z.string().optional(),
  /** Who writes, as the versions will name them. */
  as: Name.default("API"),
});
const Since = z.coerce.number().int().min(0);

/** The page of a postmortem, read and written. JSON and Markdown only: a page of another site cannot send these unasked. */
export function apiPostmortem(read: Reader, write: Write): Router {
  const router = Router();

  const asked = async (request: Request, response: Response): Promise<Postmortem | null> => {
    const number = numberOf(request, response);
    if (number === null) return null;
    const postmortem = await read.postmortem(number);
    if (postmortem === null) response.status(404).json({ error: `there is no ${incidentId(number)}` });
    return postmortem;
  };

  router.get("/incidents/:id/postmortem", async (request, response) => {
    const postmortem = await asked(request, response);
    if (postmortem === null) return;
    const { format } = request.query;
    if (format === "confluence") return void response.type("text/plain; charset=utf-8").send(confluence(postmortem.markdown));
    if (format !== undefined && format !== "markdown") return void response.status(400).json({ error: "format: expected markdown or confluence" });
    const base = baseOf(postmortem);
    response.set("etag", `"${writeBase(base)}"`);
    if (request.accepts(["text/markdown", "json"]) === "json") response.json(present(postmortem));
    else response.type("text/markdown; charset=utf-8").send(stamped(postmortem.markdown, base));
  });

  /** What people changed: since version `since` of the page, else in its last one. */
  router.get("/incidents/:id/postmortem/diff", async (request, response) => {
    const postmortem = await asked(request, response);
    if (postmortem === null) return;
    const all = revisions(postmortem.writings);
    const since = Since.safeParse(request.query["since"] ?? Math.max(0, all.length - 1));
    const before = since.success ? textsBy(postmortem.writings, since.data) : null;
    if (before === null)
      return void response.status(400).json({ error: `since: expected the number of a version, 0 to ${all.length}; ${all.length} is the newest` });
    const sections = HUMAN_NAMES.flatMap((section) => {
      const [was, is] = [before[section] ?? "", postmortem.human[section] ?? ""];
      return was === is ? [] : [{ section, lines: lineDiff(was, is) }];
    });
    response.json({ since: since.data, version: all.length, sections });
  });

  router.put(
    "/incidents/:id/postmortem",
    json({ limit: "2mb" }),
    text({ type: "text/markdown", limit: "2mb", defaultCharset: "utf-8" }),
    async (request, response) => {
      const number = numberOf(request, response);
      if (number === null) return;
      if (!request.is(["application/json", "text/markdown"]))
        return void response.status(415).json({ error: 'send text/markdown, or application/json with {"markdown": …}' });
      const body: unknown =
        typeof request.body === "string" ? { markdown: request.body, ...(request.query["as"] && { as: request.query["as"] }) } : request.body;
      const sent = Sent.safeParse(body);
      if (!sent.success)
        return void response.status(400).json({ error: sent.error.issues.map((issue) => `${issue.path.join(".") || "body"}: ${issue.message}`).join("; ") });
      const { markdown, base = request.get("if-match") ?? null, as } = sent.data;
      const author: Actor = { kind: "person", id: `api:${as}`, name: as };
      answer(number, await write({ incident: number, markdown, base, author }), response);
    },
  );
  return router;
}

function answer(number: number, edited: Edited, response: Response): void {
  switch (edited.kind) {
    case "unknown":
      return void response.status(404).json({ error: `there is no ${incidentId(number)}` });
    case "baseless":
      return void response.status(428).json({
        error: "it does not say what it was made from: keep the last line of the page (muster:base), or send the ETag it came with as If-Match",
      });
    case "unreadable":
      return void response
        .status(422)
        .json({ error: edited.problems.map(({ line, what, fix }) => `line ${line}: ${what}: ${fix}`).join("; "), problems: edited.problems });
    case "conflict": {
      const where = edited.conflicts.map(({ section, by }) => `${section} (${by ?? "somebody"})`).join(", ");
      return void response.status(409).json({
        error: `somebody else changed the same since: ${where}. Nothing was stored; choose between both texts and send it again`,
        conflicts: edited.conflicts,
        markdown: edited.markdown,
        base: writeBase(edited.base),
      });
    }
    case "written":
      return void response
        .set("etag", `"${writeBase(edited.base)}"`)
        .json({ id: incidentId(number), written: edited.sections, markdown: edited.markdown, base: writeBase(edited.base) });
  }
}

function present(postmortem: Postmortem): object {
  const { draft, human, markdown, problems, writings } = postmortem;
  return {
    id: incidentId(draft.incident.number),
    computed: draft,
    human,
    markdown,
    review: { ...reviewOf(draft.incident), checklist: problems },
    base: writeBase(baseOf(postmortem)),
    versions: revisions(writings).map(({ number, at, author, sections }) => ({ version: number, at: iso(at), by: author.name, sections })),
  };
}

function reviewOf({ postmortem: { state, owner, reviewers, due, waived } }: Incident): object {
  return { state, owner, reviewers, due, waived: waived.map(({ from, ...rest }) => ({ from: iso(from), ...rest })) };
}

function numberOf(request: Request, response: Response): number | null {
  const id = String(request.params["id"]);
  const number = incidentNumber(id);
  if (number === null) response.status(400).json({ error: `"${id}" is no incident; it looks like INC-12` });
  return number;
}
