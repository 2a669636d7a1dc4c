import type { Response } from "express";
import { z } from "zod";
import { parseInstant } from "#domain/values/instant.ts";
import { incidentId, incidentNumber, PRIORITIES, STATUSES } from "#domain/values/language.ts";
import { knownZone } from "#domain/values/wall-clock.ts";

const several = <T extends readonly [string, ...string[]]>(values: T) =>
  z
    .string()
    .transform((text) => text.split(",").map((each) => each.trim()))
    .pipe(z.array(z.enum(values)))
    .optional();

export const RunQuery = z.object({
  incident: z.string().optional(),
  runbook: z.string().optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});

const CURSOR = "expected the `next` of an earlier answer";
export const IncidentQuery = z.strictObject({
  status: several(STATUSES),
  priority: several(PRIORITIES),
  service: z
    .string()
    .refine((name) => !name.includes("\0"), { error: "no service has such a name" })
    .optional(),
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
});

export const StatsQuery = z.strictObject({
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
});

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

export function sendNoIncident(number: number, response: Response): void {
  response.status(404).json({ error: `there is no ${incidentId(number)}` });
}
