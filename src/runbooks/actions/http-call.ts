import { z } from "zod";
import type { HTTP_METHODS } from "#ports/http-requests.ts";
import { AnswerFails, AnswerRefused, AnswerUnsure, type FakeOf } from "./action-fake.ts";
import { actionDone, actionRefused, notSetUp, type ActionJob, type ActionResult } from "./action-job.ts";

/** The fields of an input that say what is sent, without the method. */
export const requestFields = {
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
  expect: z
    .array(z.int().min(100).max(599))
    .min(1)
    .default([200, 201, 202, 204])
    .describe("statuses that are no failure"),
};

export type SentRequest = {
  readonly method: (typeof HTTP_METHODS)[number];
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly json?: unknown;
  readonly expect: readonly number[];
};
export type RequestOutput = { readonly status: number; readonly body: unknown };

/** Sends one request under the key of its step, and reads the answer: its JSON, or the text. */
export async function sendRequest(
  { method, url, headers, json, expect }: SentRequest,
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
  return actionDone({ status: answer.status, body: parsedBody(answer.type, answer.body) });
}

function parsedBody(type: string, body: string): unknown {
  if (!/\bjson\b/i.test(type)) return body;
  try {
    return JSON.parse(body) as unknown;
  } catch {
    return body;
  }
}

const HttpAnswer = z.union([
  z.strictObject({ status: z.int(), body: z.unknown().default("") }),
  AnswerFails,
  AnswerRefused,
  AnswerUnsure,
]);

/** Who answers a request in a test of runbooks. */
export const HTTP_FAKE: FakeOf<typeof HttpAnswer> = {
  answers: HttpAnswer,
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
};
