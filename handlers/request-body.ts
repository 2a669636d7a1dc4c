import type { IncomingMessage, ServerResponse } from "node:http";
import { z } from "zod";
import { oneLine } from "#domain/values/text.ts";

/** What someone calls themselves: it is stored in what people are shown, and asked of. */
export const CallerName = z
  .string()
  .max(100)
  .transform((text) => oneLine(text, 100))
  .pipe(z.string().min(1));

export class BodyTooLarge extends Error {}

/** The whole body as text. @throws BodyTooLarge beyond `limit` bytes (the rest is read and thrown away, so that the sender receives the answer) */
export async function readBody(request: IncomingMessage, limit: number): Promise<string> {
  return (await readBytes(request, limit)).toString("utf8");
}

/** The whole body as it came. @throws BodyTooLarge beyond `limit` bytes, as `readBody` */
export function readBytes(request: IncomingMessage, limit: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on("data", (chunk: Buffer) => {
      size += chunk.length;
      if (size <= limit) chunks.push(chunk);
      else chunks.length = 0;
    });
    request.on("end", () =>
      size > limit ? reject(new BodyTooLarge()) : resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)),
    );
    request.on("error", reject);
    request.on("aborted", () => reject(new Error("aborted")));
  });
}

/** The beginning of a body, `limit` bytes at most; the rest is thrown away. What ends early is what there is. */
export function readBeginning(request: IncomingMessage, limit: number): Promise<Buffer> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const done = (): void => resolve(Buffer.concat(chunks).subarray(0, limit));
    request.on("data", (chunk: Buffer) => {
      if (size < limit) chunks.push(chunk);
      size += chunk.length;
      if (size >= limit) done();
    });
    for (const end of ["end", "error", "aborted"]) request.on(end, done);
  });
}

/** A JSON answer. Does nothing when the connection is closed. */
export function sendJson(
  response: ServerResponse,
  status: number,
  body: object,
  headers: Readonly<Record<string, string>> = {},
): void {
  if (response.writableEnded || response.destroyed) return;
  const text = JSON.stringify(body);
  response.writeHead(status, {
    "content-type": "application/json; charset=utf-8",
    "content-length": Buffer.byteLength(text),
    ...headers,
  });
  response.end(text);
}
