import { z } from "zod";
import { HTTP_METHODS } from "#ports/http-requests.ts";
import { AnswerFails, AnswerRefused, AnswerUnsure } from "#runbooks/actions/action-fake.ts";
import { actionDone, actionRefused, notSetUp } from "#runbooks/actions/action-job.ts";
import { defineAction } from "#runbooks/actions/define-action.ts";

export const httpRequest = defineAction({
  name: "http.request",
  summary: "Sends one HTTP request to a host of the allow list.",
  effect: "once",
  touches: "systems",
  risk: "high",
  input: z.strictObject({
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
  }),
  output: z.object({ status: z.number(), body: z.unknown().describe("what JSON says, or the text") }),
  texts: { url: "url" },
  fixed: ["method"],
  readsWhen: { field: "method", values: ["GET", "HEAD"], default: "GET" },
  notes: [
    "The address is resolved once and pinned; private ranges are refused unless the host is listed with `private: true`; redirects are not followed.",
    "What the host wants to see (a token, a password) stands in the policy: `automation.hosts: [{ host, auth }]`. A runbook names no secret.",
    "`Idempotency-Key` is sent.",
  ],
  async run({ method, url, headers, json, expect }, { ports, key }) {
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
    return actionDone({ status: answer.status, body: parsedBody(answer.type, answer.body) });
  },
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

function parsedBody(type: string, body: string): unknown {
  if (!/\bjson\b/i.test(type)) return body;
  try {
    return JSON.parse(body) as unknown;
  } catch {
    return body;
  }
}
