import { json, type RequestHandler } from "express";
import { jsonShapeProblem } from "./json-depth.ts";

/** A request that its sender has to change. Express's parsers carry `status` and `expose` likewise. */
export class BadRequest extends Error {
  readonly status = 400;
  readonly expose = true;
}

/** Refuses paths that cannot be decoded, or that have a NUL in them: no row has one, and a database refuses it. */
export const refuseBadAddresses: RequestHandler = ({ url }, _response, next) => {
  const [path = ""] = url.split("?", 1);
  if (!isDecodable(path)) return next(new BadRequest("the address has a % that begins no valid escape"));
  next(path.includes("%00") ? new BadRequest("the address has a NUL character in it; no name has one") : undefined);
};

function isDecodable(path: string): boolean {
  try {
    decodeURIComponent(path);
    return true;
  } catch {
    return false;
  }
}

/** Reads a JSON body. The one way that doors do: one that is nested deeply is refused before anything is made of it. */
export function jsonBody(limit: string): RequestHandler {
  return json({
    limit,
    verify(_request, _response, body) {
      const problem = jsonShapeProblem(body);
      if (problem !== null) throw new BadRequest(`body: ${problem}`);
    },
  });
}

/**
 * What is wrong with a request, for its sender; null: nothing, the error is ours. Only what parsers and routers mark as
 * theirs counts: an error of a vendor that happens to carry a status is ours.
 */
export function badRequestOf(error: unknown): { readonly status: number; readonly message: string } | null {
  if (error instanceof URIError) return { status: 400, message: "the address has a % that begins no valid escape" };
  if (!(error instanceof Error) || !("expose" in error) || error.expose !== true || !("status" in error)) return null;
  const status = Number(error.status);
  if (!(status >= 400 && status < 500)) return null;
  const type = "type" in error && typeof error.type === "string" ? error.type : "";
  return { status, message: MESSAGES[type] ?? error.message };
}

/** What Express's parsers call it, in our words; theirs may repeat a part of the body. */
const MESSAGES: Readonly<Record<string, string>> = {
  "entity.parse.failed": "body: not JSON",
  "entity.too.large": "body: too large",
  "parameters.too.many": "body: too many fields",
  "charset.unsupported": "Content-Type: expected charset=utf-8",
  "encoding.unsupported": "Content-Encoding: expected gzip, deflate, br or none",
  "request.aborted": "the request ended before its body did",
  "request.size.invalid": "Content-Length is not the size of the body",
  "stream.encoding.set": "the body cannot be read",
};
