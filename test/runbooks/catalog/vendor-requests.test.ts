import { describe, expect, test } from "vitest";
import { z } from "zod";
import { fillArguments, planRunbook, requireAction, type Runbook } from "#runbooks/index.ts";
import { loadTests } from "#runbooks/simulator/run-case.ts";
import { loadRunbooks } from "#app/runbook-folder.ts";

// What the shipped runbooks send to vendors and what their tests answer, held against the vendors' documented shapes.

const { runbooks } = await loadRunbooks("runbooks");

type VendorCall = {
  readonly method: string;
  readonly url: RegExp;
  readonly body: z.ZodType;
  readonly answer: z.ZodType;
};

const Nothing = z.undefined();
/** https://argo-cd.readthedocs.io/en/stable/developer-guide/api-docs/ (ApplicationService_Get, _Rollback) */
const Application = z.looseObject({
  spec: z.looseObject({ syncPolicy: z.looseObject({ automated: z.looseObject({}).optional() }).optional() }),
  status: z.looseObject({
    health: z.looseObject({
      status: z.enum(["Healthy", "Progressing", "Degraded", "Suspended", "Missing", "Unknown"]),
    }),
    sync: z.looseObject({ revision: z.string() }),
    history: z.array(z.looseObject({ id: z.int(), deployedAt: z.string() })).optional(),
  }),
});
const RollbackRequest = z.strictObject({ name: z.string(), id: z.int(), prune: z.boolean() });
/** https://docs.getunleash.io/reference/api/unleash/get-feature-environment */
const FeatureEnvironment = z.looseObject({ enabled: z.boolean() });
/** https://www.rabbitmq.com/docs/http-api-reference */
const Queue = z.looseObject({ messages_ready: z.int(), consumers: z.int() });
/** https://www.fastly.com/documentation/reference/api/purging/ */
const Purged = z.looseObject({ status: z.literal("ok") });

const CALLS: Readonly<Record<string, Readonly<Record<string, VendorCall>>>> = {
  "argocd-app-degraded": {
    app: { method: "GET", url: /^https:\/\/[^/]+\/api\/v1\/applications\/[^/]+$/, body: Nothing, answer: Application },
    rollback: {
      method: "POST",
      url: /^https:\/\/[^/]+\/api\/v1\/applications\/[^/]+\/rollback$/,
      body: RollbackRequest,
      answer: z.looseObject({}),
    },
  },
  "feature-flag-off": {
    flag: {
      method: "GET",
      url: /^https:\/\/[^/]+\/api\/admin\/projects\/[^/]+\/features\/[^/]+\/environments\/[^/]+$/,
      body: Nothing,
      answer: FeatureEnvironment,
    },
    "switch-off": {
      method: "POST",
      url: /^https:\/\/[^/]+\/api\/admin\/projects\/[^/]+\/features\/[^/]+\/environments\/[^/]+\/off$/,
      body: Nothing,
      answer: z.literal(""),
    },
  },
  "dead-letters": {
    queue: { method: "GET", url: /^https:\/\/[^/]+\/api\/queues\/[^/]+\/[^/]+$/, body: Nothing, answer: Queue },
    purge: {
      method: "DELETE",
      url: /^https:\/\/[^/]+\/api\/queues\/[^/]+\/[^/]+\/contents$/,
      body: Nothing,
      answer: z.literal(""),
    },
  },
  "cdn-stale": {
    purge: {
      method: "POST",
      url: /^https:\/\/api\.fastly\.com\/service\/[A-Za-z0-9]+\/purge\/[^/]+$/,
      body: Nothing,
      answer: Purged,
    },
  },
};

const SentRequest = z.looseObject({ method: z.string(), url: z.string(), json: z.unknown().optional() });

/** The request that a step sends in the first case of its runbook's tests, with what the steps before it were answered. */
async function requestOf(runbook: Runbook, step: string): Promise<z.output<typeof SentRequest>> {
  const written = (await loadTests(runbook))!.cases[0]!;
  const { labels } = written.alert;
  const plan = planRunbook(runbook, labels, {});
  if (!plan.ok) throw new Error(plan.message);
  const results = Object.fromEntries(
    [...written.answers].map(([answered, { turns }]) => [
      answered.replaceAll("-", "_"),
      turns[0] as Readonly<Record<string, unknown>>,
    ]),
  );
  const { uses, with: args } = plan.steps.find(({ id }) => id === step)!;
  expect(uses).toBe("http.request");
  const filled = fillArguments(requireAction(uses), args, { params: plan.params, labels, results });
  if (!filled.ok) throw new Error(filled.error);
  return SentRequest.parse(filled.input);
}

describe.each(Object.entries(CALLS))("%s", (id, calls) => {
  const runbook = runbooks.find((each) => each.id === id)!;

  test.each(Object.entries(calls))("sends and reads %s as its vendor documents it", async (step, call) => {
    const request = await requestOf(runbook, step);
    expect([request.method, request.url]).toEqual([call.method, expect.stringMatching(call.url)]);
    expect(call.body.safeParse(request.json)).toMatchObject({ success: true });
    const Answer = z.looseObject({ status: z.number(), body: z.unknown() });
    const answers = (await loadTests(runbook))!.cases.flatMap(({ answers: given }) => given.get(step)?.turns ?? []);
    const bodies = answers.flatMap((answer) => {
      const parsed = Answer.safeParse(answer);
      return parsed.success ? [parsed.data.body] : [];
    });
    expect(bodies.length).toBeGreaterThan(0);
    for (const body of bodies)
      expect(call.answer.safeParse(body), JSON.stringify(body)).toMatchObject({ success: true });
  });

  test("has every request that it sends among them", () => {
    const sent = runbook.steps.filter(({ uses }) => uses === "http.request").map(({ id: step }) => step);
    expect(sent.toSorted()).toEqual(Object.keys(calls).toSorted());
  });
});
