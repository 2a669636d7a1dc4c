import { z } from "zod";
import { AnswerFails, AnswerRefused, AnswerUnsure } from "#runbooks/actions/action-fake.ts";
import { actionDone, actionRefused, notSetUp } from "#runbooks/actions/action-job.ts";
import { defineAction } from "#runbooks/actions/define-action.ts";

export const execAction = defineAction({
  name: "exec",
  summary: "Starts a program of the allow list with arguments. There is no shell.",
  effect: "once",
  touches: "systems",
  risk: "high",
  input: z.strictObject({
    argv: z
      .array(z.string().max(1000))
      .min(1)
      .max(64)
      .refine((argv) => (argv[0] ?? "").startsWith("/"), {
        error: "the program must be an absolute path; write one of automation.commands",
        path: [0],
      })
      .describe("the program's absolute path, in `automation.commands`, and its arguments"),
    effect: z
      .enum(["change", "read"])
      .default("change")
      .describe("`read`: a call of `automation.readCommands`, which asks for no approval"),
    env: z
      .record(
        z.string().regex(/^[A-Z][A-Z0-9_]*$/, "no name of an environment variable; write capital letters"),
        z.string(),
      )
      .default({}),
  }),
  output: z.object({ exitCode: z.number(), stdout: z.string(), stderr: z.string() }),
  texts: { argv: "argv" },
  fixed: ["argv", "effect"],
  readsWhen: { field: "effect", values: ["read"], default: "change" },
  notes: [
    "The environment is empty but for `env`; the process and its children end with the step's timeout.",
    "An argument from a parameter may not begin with a dash.",
    "With `effect: read` every exit code is an answer, and `env` is refused; else another code than 0 fails the step.",
  ],
  underway: "in a process",
  async run({ argv, env, effect }, { ports, deadline, clock }) {
    if (ports.processes === null) return notSetUp("exec", "automation.commands in muster.yaml");
    const [command = "", ...args] = argv;
    const reads = effect === "read";
    const timeoutMs = Math.max(1_000, deadline - clock());
    const end = await ports.processes.run({ command, args, env, timeoutMs, ...(reads && { reads }) });
    if (!end.ok) return actionRefused(end.says);
    if (reads && end.code !== null) return actionDone({ exitCode: end.code, stdout: end.stdout, stderr: end.stderr });
    if (end.code !== 0)
      return actionRefused(
        `it ended with ${end.signal ?? String(end.code)}: ${(end.stderr || end.stdout).slice(0, 500)}`,
      );
    return actionDone({ exitCode: 0, stdout: end.stdout, stderr: end.stderr });
  },
  probe: null,
  undo: null,
  fake: {
    answers: z.union([
      z.strictObject({ exitCode: z.int(), stdout: z.string().default(""), stderr: z.string().default("") }),
      AnswerFails,
      AnswerRefused,
      AnswerUnsure,
    ]),
    says: "{ exitCode: 0, stdout: … }, { refused: why } or { unsure: why }",
    ports: (script) => ({
      processes: {
        async run() {
          const { answer } = await script.answer();
          if ("refused" in answer) return { ok: false, refusal: "not-allowed", says: answer.refused };
          const { exitCode, stdout, stderr } = answer;
          return { ok: true, code: exitCode, signal: null, stdout, stderr, cut: false };
        },
      },
    }),
  },
});
