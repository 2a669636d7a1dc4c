import { createHmac, timingSafeEqual } from "node:crypto";
import { raw, Router } from "express";
import { createSubmission } from "#domain/commands/submission.ts";
import { DAY_MS, MINUTE_MS } from "#domain/values/duration.ts";
import { formatIso } from "#domain/values/instant.ts";
import { NamedProblem } from "#domain/values/named-problem.ts";
import type { Instant } from "#domain/values/language.ts";
import type { Policy } from "#domain/policy/policy.ts";
import type { EngineReader } from "#engine/loop/reader.ts";
import type { Paging, PagerEventOutline } from "#ports/paging.ts";
import { jsonObjectProblem } from "#handlers/json-depth.ts";
import type { SignatureReport } from "#handlers/access/refused-signatures.ts";
import type { SubmitCommand } from "#engine/base/submit.ts";

export type PagerDutyDoor = {
  readonly secrets: readonly string[];
  readonly submit: SubmitCommand;
  readonly read: EngineReader;
  readonly policy: () => Policy;
  readonly clock: () => Instant;
  readonly pager: Pick<Paging, "outlineEvent" | "readEvent">;
  readonly warn: (message: string) => void;
  readonly badSignature: SignatureReport;
};

const LIMIT = "512kb";
const SETTING = "PAGERDUTY_WEBHOOK_SECRETS";

/**
 * POST /webhooks/pagerduty. 202 once it is stored (PagerDuty waits for 5 s, so whatever has to be asked is asked afterwards), or when it is nothing for us; 401 for a signature that is surely wrong; 400 for what is no JSON object, which PagerDuty never sends;
 * 503 when it cannot be stored or when no secret is set here: PagerDuty drops what is refused, and after three refusals the
 * whole subscription, so a fault of ours must never look like one of theirs.
 */
export function pagerDutyWebhook(door: PagerDutyDoor): Router {
  const router = Router();
  const { clock } = door;
  let warnedAt = -Infinity;
  router.post("/webhooks/pagerduty", raw({ type: () => true, limit: LIMIT }), async (request, response) => {
    if (door.secrets.length === 0) {
      // Anyone can send this: one line a minute, as for a wrong signature.
      if (clock() >= warnedAt + MINUTE_MS || clock() < warnedAt) {
        warnedAt = clock();
        door.warn(`PagerDuty sends webhooks but ${SETTING} is not set: they wait`);
      }
      return void response
        .status(503)
        .set("retry-after", "60")
        .json({ error: `${SETTING} is not set` });
    }
    const body: Buffer = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
    const header = request.get("x-pagerduty-signature");
    if (!hasValidSignature(body, header ?? "", door.secrets)) {
      door.badSignature(request, SETTING, header === undefined ? "it has no signature" : "none of its signatures fits");
      return void response.status(401).json({ error: `no signature by one of ${SETTING}` });
    }
    const problem = jsonObjectProblem(body);
    if (problem !== null) return void response.status(400).json({ error: problem });
    try {
      response.status(202).json({ taken: await takeEvent(door, body.toString("utf8")) });
    } catch (error) {
      response
        .status(503)
        .set("retry-after", "5")
        .json({ error: `not stored: ${error instanceof NamedProblem ? error.message : "the log of Muster says why"}` });
      if (!(error instanceof NamedProblem)) door.warn(`an event was not stored: ${String(error)}`);
    }
  });
  return router;
}

/** Whether the raw body carries an HMAC-SHA256 by one of the secrets; several signatures are sent while secrets are rotated. */
export function hasValidSignature(body: Buffer, header: string, secrets: readonly string[]): boolean {
  const given = header
    .split(",")
    .map((each) => /^v1=([0-9a-f]{64})$/.exec(each.trim())?.[1])
    .filter((each) => each !== undefined)
    .map((hex) => Buffer.from(hex, "hex"));
  return secrets.some((secret) => {
    const expected = createHmac("sha256", secret).update(body).digest();
    return given.some((signature) => timingSafeEqual(expected, signature));
  });
}

/** ms that an event may be late: PagerDuty delivers again for some days at most. */
const MAX_LATE_MS = 7 * DAY_MS;

/** ms that PagerDuty's clock may be ahead of ours. */
const CLOCKS_DIFFER_MS = 10 * MINUTE_MS;

/**
 * Whether an event is too old or of the future. A signed request can be sent again by anyone who has seen it: it acts once
 * for as long as its key is kept, with its command, and after that it must be too late.
 */
function isOutOfTime({ at }: PagerEventOutline, now: Instant, { retention }: Policy): boolean {
  const late = Math.min(MAX_LATE_MS, retention.commands - CLOCKS_DIFFER_MS);
  return at !== null && (at < now - late || at > now + CLOCKS_DIFFER_MS);
}

/**
 * An event counts once, however often it is delivered, and by any sender: its own id is signed, the delivery's is not.
 * What the pager has to be asked about is stored as it came, and understood afterwards.
 */
async function takeEvent(door: PagerDutyDoor, raw: string): Promise<boolean> {
  const { read, policy, clock, pager, submit } = door;
  const outline = pager.outlineEvent(raw);
  if (outline === null) return false;
  const { id, needsLookup } = outline;
  if (isOutOfTime(outline, clock(), policy())) {
    door.warn(`PagerDuty's event ${id} is of ${formatIso(outline.at!)}: left, because it is no news`);
    return false;
  }
  const key = `pagerduty:${id}`;
  if (needsLookup) {
    await submit(createSubmission({ key, urgency: 1, at: clock(), body: { type: "pager.event", id, raw } }));
    return true;
  }
  const known = { policy: policy(), now: clock(), incident: (number: number) => read.incident(number) };
  const event = await pager.readEvent(raw, known);
  if (event === null) return false;
  const { incident, command, actor, at, evidence } = event;
  const body = { type: "incident", incident, command } as const;
  await submit(createSubmission({ key, urgency: 0, actor, at, evidence, body }));
  return true;
}
