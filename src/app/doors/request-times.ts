import type { RequestHandler } from "express";

/** Counts requests by the door: the API, that of a vendor by its name, or another. */
export function measureRequests(
  metrics: { request(door: string, status: number, ms: number): void },
  vendors: readonly string[],
  stopwatch: () => () => number,
): RequestHandler {
  const doorOf = (path: string): string => {
    const first = path.split("/")[1] ?? "";
    return first === "api" || vendors.includes(first) ? first : "other";
  };
  return (request, response, next) => {
    // A line that stays open for hours is no slow answer.
    if (request.path === "/live") return next();
    const { path } = request;
    const elapsed = stopwatch();
    response.on("finish", () => metrics.request(doorOf(path), response.statusCode, elapsed()));
    next();
  };
}
