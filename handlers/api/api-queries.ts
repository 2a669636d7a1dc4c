import type { Request, Response } from "express";
import { z } from "zod";
import type { AlertPosition } from "#domain/incident/alert-position.ts";
import type { Incident } from "#domain/incident/incident.ts";
import { REPORT_BOUNDS } from "#domain/reporting/bounded-list.ts";
import { DAY_MS } from "#domain/values/duration.ts";
import { parseInstant } from "#domain/values/instant.ts";
import { incidentId, incidentNumber, PRIORITIES, STATUSES, type Actor } from "#domain/values/language.ts";
import { knownZone } from "#domain/values/wall-clock.ts";
import type { EngineReader } from "#engine/loop/reader.ts";
import { authorOf, callerOf } from "#handlers/access/request-author.ts";
import { tokenPerson } from "#handlers/access/request-client.ts";

const several = <T extends readonly [string, ...string[]]>(values: T) =>
  z
    .string()
    .transform((text) => text.split(",").map((each) => each.trim()))
    .pipe(z.array(z.enum(values)))
    .optional();

/** A name that is looked up: a database refuses a NUL, and no row has one. */
export const lookedUpName = z
  .string()
  .refine((name) => !name.includes("\0"), { error: "no name has a NUL character in it" });

export const RunQuery = z.object({
  incident: z.string().optional(),
  runbook: lookedUpName.optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});

const CURSOR = "expected the `next` of an earlier answer";
export const IncidentQuery = z.strictObject({
  status: several(STATUSES),
  priority: several(PRIORITIES),
  service: lookedUpName.optional(),
  private: z.enum(["true", "false"]).default("false"),
  limit: z.coerce.number().int().min(1).max(500).default(50),
  cursor: z.coerce
    .number({ error: CURSOR })
    .int({ error: CURSOR })
    .min(0)
    .max(2_147_483_647, { error: CURSOR })
    .optional(),
});
export const OnCallQuery = z.strictObject({
  team: z.string().optional(),
  at: z
    .string()
    .transform((text, ctx) => {
      const at = parseInstant(text);
      if (at !== null) return at;
      ctx.addIssue({ code: "custom", message: "expected an instant such as 2026-11-21T14:32:00Z" });
      return z.NEVER;
    })
    .optional(),
});
export const AlertQuery = z.strictObject({
  private: z.enum(["true", "false"]).default("false"),
  muted: z
    .enum(["true", "false"])
    .transform((text) => text === "true")
    .optional(),
  status: z.enum(["firing", "resolved"]).optional(),
  incident: z
    .string()
    .transform((text, ctx) => {
      const number = incidentNumber(text);
      if (number !== null) return number;
      ctx.addIssue({ code: "custom", message: "expected an incident such as INC-12" });
      return z.NEVER;
    })
    .optional(),
  limit: z.coerce.number().int().min(1).max(1_000).default(100),
  cursor: z
    .string()
    .transform((text, ctx) => {
      const position = readAlertCursor(text);
      if (position !== null) return position;
      ctx.addIssue({ code: "custom", message: CURSOR });
      return z.NEVER;
    })
    .optional(),
});

const AlertCursor = z.tuple([
  z.enum(["firing", "resolved"]),
  // Until some time in the year 9984: later ones no database takes.
  z
    .number()
    .int()
    .min(0)
    .max(8_000 * 366 * DAY_MS),
  z.string().refine((text) => !text.includes("\0")),
  z.string().refine((text) => !text.includes("\0")),
]);

/** The position of an alert as `next` of an answer has it. */
export function writeAlertCursor({ status, at, source, fingerprint }: AlertPosition): string {
  return Buffer.from(JSON.stringify([status, at, source, fingerprint])).toString("base64url");
}

function readAlertCursor(text: string): AlertPosition | null {
  try {
    const read = AlertCursor.safeParse(JSON.parse(Buffer.from(text, "base64url").toString("utf8")));
    if (!read.success) return null;
    const [status, at, source, fingerprint] = read.data;
    return { status, at, source, fingerprint };
  } catch {
    return null;
  }
}

const statsScope = {
  from: z.string().optional(),
  to: z.string().optional(),
  service: z.string().min(1).optional(),
  private: z.enum(["true", "false"]).default("false"),
  zone: z
    .string()
    .refine((zone) => zone.toUpperCase() === "UTC" || knownZone(zone) !== "UTC", {
      error: "expected an IANA time zone such as Europe/Berlin",
    })
    .default("UTC"),
  limit: z.coerce.number().int().min(1).max(500).default(REPORT_BOUNDS.limit),
  cursor: z.coerce
    .number({ error: CURSOR })
    .int({ error: CURSOR })
    .min(0)
    .max(10_000_000, { error: CURSOR })
    .default(0),
};
export const StatsQuery = z.strictObject(statsScope);
/** The same, of the incidents with one signature: its `key` in the figures. */
export const SignatureQuery = z.strictObject({ ...statsScope, signature: z.string().min(1) });

/** The query of a request; null when it was answered with what is wrong with it. */
export function parseQuery<T>(schema: z.ZodType<T>, query: unknown, response: Response): T | null {
  const parsed = schema.safeParse(query);
  if (parsed.success) return parsed.data;
  response.status(400).json({
    error: parsed.error.issues
      .map((issue) => `${issue.path.filter((part) => typeof part === "string").join(".") || "query"}: ${issue.message}`)
      .join("; "),
  });
  return null;
}

/** The number in a path; null when it is invalid and the request was answered. */
export function parseIncidentNumber(text: string, response: Response): number | null {
  const number = incidentNumber(text);
  if (number === null) response.status(400).json({ error: `"${text}" is no incident; it looks like INC-12` });
  return number;
}

/**
 * Whether a request of the API may see an incident: a private one exists for those who ask for it with `private=true`, as
 * for the output of a step. Anyone with a token for the API can read everything, but no one finds it by counting up.
 */
export function isShownTo(incident: Pick<Incident, "private">, { query }: Pick<Request, "query">): boolean {
  return !incident.private || query["private"] === "true";
}

/** The incident by the number in the path, with the reading of a private one noted; null when it is not one to be shown, and the request was answered. */
export async function findApiIncident(
  read: Pick<EngineReader, "incident" | "noteRead">,
  request: Request,
  response: Response,
): Promise<Incident | null> {
  const number = parseIncidentNumber(String(request.params["id"]), response);
  if (number === null) return null;
  const incident = await read.incident(number);
  if (incident !== null && isShownTo(incident, request)) {
    await read.noteRead(incident, tokenPerson(request));
    return incident;
  }
  sendNoIncident(number, response);
  return null;
}

/**
 * The number of the incident that a list is about, as `incident=` names it. undefined: the list is about no one incident;
 * null: it is not one to be shown, and the request was answered.
 */
export async function findListedIncident(
  read: Pick<EngineReader, "incident">,
  number: number | undefined,
  request: Request,
  response: Response,
): Promise<number | undefined | null> {
  const incident = number === undefined ? null : await read.incident(number);
  if (incident === null || isShownTo(incident, request)) return number;
  sendNoIncident(incident.number, response);
  return null;
}

export function sendNoIncident(number: number, response: Response): void {
  response.status(404).json({ error: `there is no ${incidentId(number)}; a private one is shown with private=true` });
}

/** A JSON body of this shape; null when it was answered with what is wrong with it. */
export function parseBody<T>(schema: z.ZodType<T>, request: Request, response: Response): T | null {
  if (!request.is("application/json")) {
    response.status(415).json({ error: "send JSON with content-type: application/json" });
    return null;
  }
  const parsed = schema.safeParse(request.body);
  if (parsed.success) return parsed.data;
  response.status(400).json({
    error: parsed.error.issues.map((issue) => `${issue.path.join(".") || "body"}: ${issue.message}`).join("; "),
  });
  return null;
}

/** Whom a request acts for; null when it was answered with why it may not. */
export function requestActor(request: Request, as: string | undefined, response: Response): Actor | null {
  const author = authorOf(callerOf(request), as ?? null, "api");
  if (author.ok) return { kind: "person", ...author.person };
  response.status(author.status).json({ error: author.error });
  return null;
}
