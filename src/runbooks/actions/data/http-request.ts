import { z } from "zod";
import { HTTP_METHODS } from "#ports/http-requests.ts";
import { defineAction } from "#runbooks/actions/define-action.ts";
import { HTTP_FAKE, requestFields, sendRequest } from "#runbooks/actions/http-call.ts";

export const httpRequest = defineAction({
  name: "http.request",
  summary: "Sends one HTTP request to a host of the allow list.",
  effect: "once",
  touches: "systems",
  risk: "high",
  input: z.strictObject({
    method: z.enum(HTTP_METHODS).default("GET"),
    url: requestFields.url,
    headers: requestFields.headers,
    json: z.unknown().optional().describe("the body; `$param` as whole values"),
    expect: requestFields.expect,
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
  run: (intent, job) => sendRequest(intent, job),
  probe: null,
  undo: null,
  fake: HTTP_FAKE,
});
