import type { IncomingMessage } from "node:http";
import { promisify } from "node:util";
import { constants, gunzip, gunzipSync } from "node:zlib";
import { jsonShapeProblem } from "#handlers/json-depth.ts";
import { BodyTooLarge, readBeginning, readBytes } from "#handlers/request-body.ts";

/** Largest request accepted, in bytes, packed as well as unpacked: 20,000 alerts are some 14 MB. */
const LIMIT = 16 * 1024 * 1024;

/** How much of a body is looked at whose sender has no right to send it, in bytes. */
const GLANCE = 64 * 1024;

const unpack = promisify(gunzip);

/** The door cannot read a body, and the sender must learn why. */
export class UnreadableBody extends Error {
  readonly status: 400 | 413 | 415;

  constructor(status: 400 | 413 | 415, message: string) {
    super(message);
    this.status = status;
  }
}

/** From so many bytes or characters on, one look at a delivery takes longer than others should wait. */
const LARGE = 1_000_000;

/**
 * Between two looks at a large delivery: whatever else this process was asked meanwhile, such as whether it is ready, is
 * answered first. One of the usual size is not held up.
 */
export async function letOthersIn(size: number): Promise<void> {
  if (size >= LARGE) await new Promise<void>((resolve) => void setImmediate(resolve));
}

/** The mark that some programs write before UTF-8: JSON has no place for it. */
const MARK = Buffer.from([0xef, 0xbb, 0xbf]);

/** Bytes as text, without the mark. What is no UTF-8 becomes U+FFFD. @throws UnreadableBody for JSON that is nested deeply */
async function textOf(bytes: Buffer): Promise<string> {
  const problem = jsonShapeProblem(bytes);
  if (problem !== null) throw new UnreadableBody(400, `body: ${problem}`);
  await letOthersIn(bytes.length);
  return bytes.toString("utf8", bytes.subarray(0, MARK.length).equals(MARK) ? MARK.length : 0);
}

/**
 * The body of a delivery as text, unpacked when it is packed with gzip, without a byte order mark.
 * @throws UnreadableBody with the answer for the sender; any other error: the request ended before its body did
 */
export async function readDeliveryBody(request: IncomingMessage): Promise<string> {
  const encoding = encodingOf(request);
  const packed = await readBytes(request, LIMIT).catch((error: unknown) => {
    throw error instanceof BodyTooLarge
      ? new UnreadableBody(413, "body: larger than 16 MB; set max_alerts in the webhook_config or group by more labels")
      : error;
  });
  if (encoding === "identity") return textOf(packed);
  if (encoding !== "gzip")
    throw new UnreadableBody(415, `Content-Encoding: expected gzip or none, not ${JSON.stringify(encoding)}`);
  let bytes: Buffer;
  try {
    bytes = await unpack(packed, { maxOutputLength: LIMIT });
  } catch (error) {
    throw error instanceof RangeError
      ? new UnreadableBody(
          413,
          "body: larger than 16 MB when unpacked; set max_alerts in the webhook_config or group by more labels",
        )
      : new UnreadableBody(400, `body: not gzip: ${error instanceof Error ? error.message : ""}`);
  }
  return textOf(bytes);
}

/** Whether a body begins as one of Alertmanager does. Only its beginning is read: its sender may be a stranger. */
export async function looksLikeDelivery(request: IncomingMessage): Promise<boolean> {
  const beginning = await readBeginning(request, GLANCE);
  const text = encodingOf(request) === "gzip" ? unpackBeginning(beginning) : beginning.toString("latin1");
  return /"alerts"\s*:\s*\[/.test(text) && /"(?:fingerprint|startsAt|groupKey|receiver)"\s*:/.test(text);
}

function encodingOf({ headers }: IncomingMessage): string {
  const encoding = (headers["content-encoding"] ?? "").trim().toLowerCase();
  if (encoding === "") return "identity";
  return encoding === "x-gzip" ? "gzip" : encoding.slice(0, 50);
}

function unpackBeginning(packed: Buffer): string {
  try {
    // The end of what is packed is missing: what can be unpacked is enough.
    return gunzipSync(packed, { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: 16 * GLANCE }).toString("latin1");
  } catch {
    return "";
  }
}
