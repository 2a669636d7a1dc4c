import { z } from "zod";
import { DurationText } from "#domain/values/yaml-values.ts";
import type { ActionJob, ActionResult } from "#runbooks/actions/action-job.ts";
import { actionRefused } from "#runbooks/actions/action-job.ts";
import { defineAction } from "#runbooks/actions/define-action.ts";
import { HTTP_FAKE, requestFields, sendRequest, type RequestOutput } from "#runbooks/actions/http-call.ts";

const FieldValues = z.array(z.union([z.string(), z.number(), z.boolean()])).min(1);

const PollInput = z.strictObject({
  ...requestFields,
  until: z
    .strictObject({
      field: z
        .string()
        .regex(/^[\w-]+(?:\.[\w-]+){0,9}$/, "no field of the answer; write it like status.health.status")
        .describe("where it stands in the JSON of the answer: `status.health.status`, `items.0.phase`"),
      is: FieldValues.describe("the step is done at one of these values"),
      failed: FieldValues.optional().describe("the step fails at one of these"),
    })
    .describe("what is waited for"),
  every: DurationText.default(10_000),
});

export const httpPoll = defineAction({
  name: "http.poll",
  summary: "Asks an address again and again until a field of its answer has a value.",
  effect: "read",
  touches: "nothing",
  risk: "low",
  input: PollInput,
  output: z.object({ status: z.number(), body: z.unknown().describe("the last answer") }),
  texts: { url: "url" },
  notes: [
    "It waits until the step's timeout; no worker waits meanwhile.",
    "A GET to a host of `automation.hosts`, as with `http.request`. A change is never sent again and again.",
  ],
  run: (intent, job) => look(intent, job),
  follow: (intent, _, job) => look(intent, job),
  probe: null,
  undo: null,
  fake: HTTP_FAKE,
});

async function look(
  { until, every, ...request }: z.output<typeof PollInput>,
  job: ActionJob,
): Promise<ActionResult<RequestOutput>> {
  const answer = await sendRequest({ method: "GET", ...request }, job);
  if (answer.state !== "done") return answer;
  const value = fieldOf(answer.output.body, until.field);
  if (until.is.some((wanted) => wanted === value)) return answer;
  const shown = JSON.stringify(value) ?? "not there";
  if (until.failed?.some((bad) => bad === value)) return actionRefused(`${until.field} is ${shown}`);
  return { state: "underway", handle: `${until.field} is ${shown}`, inMs: every };
}

function fieldOf(body: unknown, path: string): unknown {
  return path.split(".").reduce<unknown>((inner, name) => {
    const isObject = typeof inner === "object" && inner !== null && Object.hasOwn(inner, name);
    return isObject ? (inner as Readonly<Record<string, unknown>>)[name] : undefined;
  }, body);
}
