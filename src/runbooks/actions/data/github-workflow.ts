import { z } from "zod";
import { PortError } from "#ports/port-error.ts";
import type { WorkflowRun } from "#ports/workflows.ts";
import { AnswerFails, AnswerRefused, AnswerUnsure } from "#runbooks/actions/action-fake.ts";
import { actionDone, actionRefused, notSetUp } from "#runbooks/actions/action-job.ts";
import { defineAction } from "#runbooks/actions/define-action.ts";

const RECHECK_MS = 10_000;

export const githubWorkflow = defineAction({
  name: "github.workflow",
  summary: "Starts a workflow of GitHub Actions and waits for its end.",
  effect: "once",
  touches: "systems",
  risk: "high",
  input: z.strictObject({
    repository: z.string().regex(/^[\w.-]+\/[\w.-]+$/, "no repository; write owner/name"),
    workflow: z.string().regex(/^[\w.-]+\.ya?ml$/, "no workflow; write its file's name, such as deploy.yml"),
    ref: z.string().min(1).default("main"),
    inputs: z.record(z.string(), z.string()).default({}).describe("the workflow's inputs; `$param` as whole values"),
  }),
  output: z.object({ conclusion: z.string(), url: z.string() }),
  texts: {},
  fixed: ["repository", "workflow", "ref"],
  notes: ["In the workflow, read inputs from the environment and never write `${{ inputs.x }}` into a script."],
  async run({ repository, workflow, ref, inputs }, { ports, key, startedAt }) {
    if (ports.workflows === null) return notSetUp("GitHub Actions", "GITHUB_TOKEN");
    const dispatched = await ports.workflows.dispatch({ repository, workflow, ref, inputs, key, since: startedAt });
    return dispatched.ok
      ? { state: "underway", handle: dispatched.run?.id ?? "dispatched", inMs: RECHECK_MS }
      : actionRefused(dispatched.says);
  },
  async follow({ repository, workflow }, handle, { ports, key, startedAt }) {
    if (ports.workflows === null) return notSetUp("GitHub Actions", "GITHUB_TOKEN");
    const where = { repository, workflow };
    const known = typeof handle === "string" && handle !== "dispatched" ? handle : null;
    const found: WorkflowRun | null =
      known === null ? await ports.workflows.find(where, key, startedAt) : await ports.workflows.run(where, known);
    if (found === null && known !== null)
      throw new PortError("not_found", "the workflow run is not there any more", { retryable: false });
    if (found?.state !== "completed") return { state: "underway", handle: found?.id ?? "dispatched", inMs: RECHECK_MS };
    return found.conclusion === "success"
      ? actionDone({ conclusion: found.conclusion, url: found.url })
      : actionRefused(`the workflow ended with ${found.conclusion}: ${found.url}`);
  },
  async probe({ repository, workflow }, { ports, key, startedAt }) {
    if (ports.workflows === null) return "unknown";
    return (await ports.workflows.find({ repository, workflow }, key, startedAt)) === null ? "no" : "yes";
  },
  undo: null,
  fake: {
    answers: z.union([
      z.enum(["success", "failure", "cancelled", "timed_out"]),
      AnswerFails,
      AnswerRefused,
      AnswerUnsure,
    ]),
    says: "success, failure, { refused: why } or { unsure: why }",
    ports(script) {
      let ended: WorkflowRun | null = null;
      return {
        workflows: {
          async dispatch() {
            const { answer } = await script.answer();
            if (typeof answer === "object") return { ok: false, refusal: "rejected", says: answer.refused };
            ended = { id: "1", url: "https://github.example/actions/runs/1", state: "completed", conclusion: answer };
            return { ok: true, run: ended, repeated: false };
          },
          find: () => Promise.resolve(ended),
          run: () => Promise.resolve(ended),
        },
      };
    },
  },
});
