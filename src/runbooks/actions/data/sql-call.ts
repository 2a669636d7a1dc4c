import { z } from "zod";
import { AnswerDone, AnswerFails, AnswerRefused, AnswerRows, AnswerUnsure } from "#runbooks/actions/action-fake.ts";
import { actionDone, actionRefused } from "#runbooks/actions/action-job.ts";
import { DatasourceName, SqlRowsSchema, withDataSource } from "#runbooks/actions/data-source.ts";
import { defineAction } from "#runbooks/actions/define-action.ts";
import { SQL_CALLS } from "#runbooks/actions/sql-calls.ts";

export const sqlCall = defineAction({
  name: "sql.call",
  summary: "Runs one of the reviewed statements that change something.",
  effect: "once",
  touches: "systems",
  risk: "low",
  input: z.strictObject({
    datasource: DatasourceName,
    call: z
      .string()
      .refine((name) => Object.hasOwn(SQL_CALLS, name), {
        error: `no reviewed call; write one of ${Object.keys(SQL_CALLS).join(", ")}`,
      })
      .describe(
        Object.entries(SQL_CALLS)
          .map(([name, { summary }]) => `\`${name}\` ${summary}`)
          .join("; "),
      ),
    pids: z
      .array(z.union([z.int().positive(), z.object({ pid: z.int().positive() }).transform(({ pid }) => pid)]))
      .max(50)
      .describe("backends, as numbers or as rows with `pid`"),
  }),
  output: z.object({ rows: SqlRowsSchema }),
  texts: { datasource: "path" },
  fixed: ["call"],
  notes: ["Statements are in `src/runbooks/actions/sql-calls.ts`; a new one is a reviewed change of the code."],
  run: ({ datasource, call, pids }, job) =>
    withDataSource(datasource, job, async (source) => {
      const called = await source.call(call, [pids], job.key);
      return called.ok ? actionDone({ rows: [...called.rows] }) : actionRefused(called.says);
    }),
  probe: async ({ datasource }, { ports, key }) => (await ports.datasource(datasource)?.probeCall(key)) ?? "unknown",
  undo: null,
  fake: {
    answers: z.union([AnswerDone, AnswerRows, AnswerFails, AnswerRefused, AnswerUnsure]),
    says: "done, a list of rows, { refused: why } or { unsure: why }",
    ports: (script) => ({
      datasource: {
        async call() {
          const { answer } = await script.answer();
          if (typeof answer === "object" && "refused" in answer)
            return { ok: false, refusal: "not-allowed", says: answer.refused };
          return { ok: true, repeated: false, rows: answer === "done" ? [] : answer, cut: false };
        },
        // It is asked when there was no answer: then the outcome is unknown.
        probeCall: () => Promise.resolve("unknown"),
      },
    }),
  },
});
