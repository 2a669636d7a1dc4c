import { z } from "zod";
import { DurationText } from "#domain/values/yaml-values.ts";
import { HTTP_METHODS } from "#ports/http-requests.ts";
import { AnswerFails, AnswerRefused, AnswerUnsure } from "#runbooks/actions/action-fake.ts";
import {
  actionDone,
  actionRefused,
  notSetUp,
  type ActionJob,
  type ActionResult,
} from "#runbooks/actions/action-job.ts";
import { defineAction } from "#runbooks/actions/define-action.ts";

const FieldValues = z.array(z.union([z.string(), z.number(), z.boolean()])).min(1);

/** A field of a JSON body: `status.health.status`, `items.0.phase`. */
const Until = z.strictObject({
  field: z
    .string()
    .regex(/^[\w-]+(?:\.[\w-]+){0,9}$/, "no field of the answer; write it like status.health.status")
    .describe("where it stands in the JSON of the answer"),
  is: FieldValues.describe("the step is done at one of these values"),
  failed: FieldValues.optional().describe("the step fails at one of these"),
  every: DurationText.default(10_000),
});

const RequestInput = z
  .strictObject({
    method: z.enum(HTTP_METHODS).default("GET"),
    url: z
      .string()
      .regex(
        /^https?:\/\/[a-z0-9][a-z0-9.-]*(?::\d{1,5})?(?:[/?][^\s#]*)?$/,
        "no address that is allowed; write https://host/path, without user, password and fragment",
      )
      .describe("`https://host/part/$param?key=$param`; the host is fixed and in `automation.hosts`"),
    headers: z
      .record(
        z.string().regex(/^[A-Za-z][A-Za-z0-9-]*$/, "no name of a header; write letters, digits and dashes"),
        z.string(),
      )
      .default({}),
    json: z.unknown().optional().describe("the body; `$param` as whole values"),
    expect: z
      .array(z.int().min(100).max(599))
      .min(1)
      .default([200, 201, 202, 204])
      .describe("statuses that are no failure"),
    until: Until.optional().describe("for GET: look again until a field of the answer has one of these values"),
  })
  .refine(({ method, until }) => until === undefined || method === "GET", {
    error: "only a GET is sent again and again; use a step of its own to look",
    path: ["until"],
  });

export const httpRequest = defineAction({
  name: "http.request",
  summary: "Sends one HTTP request to a host of the allow list.",
  effect: "once",
  touches: "systems",
  risk: "high",
  input: RequestInput,
  output: z.object({ status: z.number(), body: z.unknown().describe("what JSON says, or the text") }),
  texts: { url: "url" },
  fixed: ["method"],
  readsWhen: { field: "method", values: ["GET", "HEAD"], default: "GET" },
  notes: [
    "The address is resolved once and pinned; private ranges are refused unless the host is listed with `private: true`; redirects are not followed.",
    "What the host wants to see (a token, a password) stands in the policy: `automation.hosts: [{ host, auth }]`. A runbook names no secret.",
    "`Idempotency-Key` is sent.",
    "With `until` the step looks again until its timeout; no worker waits meanwhile.",
  ],
  run: (intent, job) => request(intent, job),
  follow: (intent, _, job) => request(intent, job),
  probe: null,
  undo: null,
  fake: {
    answers: z.union([
      z.strictObject({ status: z.int(), body: z.unknown().default("") }),
      AnswerFails,
      AnswerRefused,
      AnswerUnsure,
    ]),
    says: "{ status: 200, body: … }, { refused: why } or { unsure: why }",
    ports: (script) => ({
      http: {
        async send() {
          const { answer } = await script.answer();
          if ("refused" in answer) return { ok: false, refusal: "not-allowed", says: answer.refused };
          const { status, body } = answer;
          return typeof body === "string"
            ? { ok: true, status, type: "text/plain", body, cut: false }
            : { ok: true, status, type: "application/json", body: JSON.stringify(body), cut: false };
        },
      },
    }),
  },
});

type RequestOutput = { readonly status: number; readonly body: unknown };

async function request(
  { method, url, headers, json, expect, until }: z.output<typeof RequestInput>,
  { ports, key }: ActionJob,
): Promise<ActionResult<RequestOutput>> {
  if (ports.http === null) return notSetUp("HTTP", "automation.hosts in muster.yaml");
  const answer = await ports.http.send({
    method,
    url,
    headers: {
      ...headers,
      ...(json === undefined ? {} : { "content-type": "application/json" }),
    },
    ...(json === undefined ? {} : { body: JSON.stringify(json) }),
    key,
  });
  if (!answer.ok) return actionRefused(answer.says);
  if (!expect.includes(answer.status))
    return actionRefused(`the answer is ${answer.status}: ${answer.body.slice(0, 300)}`);
  const output = { status: answer.status, body: parsedBody(answer.type, answer.body) };
  if (until === undefined) return actionDone(output);
  const value = fieldOf(output.body, until.field);
  if (until.is.some((wanted) => wanted === value)) return actionDone(output);
  if (until.failed?.some((bad) => bad === value)) return actionRefused(`${until.field} is ${JSON.stringify(value)}`);
  return { state: "underway", handle: `${until.field} is ${JSON.stringify(value) ?? "not there"}`, inMs: until.every };
}

function fieldOf(body: unknown, path: string): unknown {
  return path.split(".").reduce<unknown>((inner, name) => {
    const isObject = typeof inner === "object" && inner !== null && Object.hasOwn(inner, name);
    return isObject ? (inner as Readonly<Record<string, unknown>>)[name] : undefined;
  }, body);
}

function parsedBody(type: string, body: string): unknown {
  if (!/\bjson\b/i.test(type)) return body;
  try {
    return JSON.parse(body) as unknown;
  } catch {
    return body;
  }
}
