import { z } from "zod";
import { AnswerFails, AnswerRows } from "#runbooks/actions/action-fake.ts";
import { actionDone } from "#runbooks/actions/action-job.ts";
import { DatasourceName, SqlRowsSchema, withDataSource } from "#runbooks/actions/data-source.ts";
import { defineAction } from "#runbooks/actions/define-action.ts";

const Scalar = z.union([z.string(), z.number(), z.boolean(), z.null()]);

export const sqlQuery = defineAction({
  name: "sql.query",
  summary: "Runs one SELECT in a read-only transaction.",
  effect: "read",
  touches: "nothing",
  risk: "low",
  input: z.strictObject({
    datasource: DatasourceName,
    sql: z.string().min(1).describe("one SELECT of PostgreSQL; values are `$1`, `$2` …"),
    args: z.array(Scalar).max(20).default([]).describe("what `$1`, `$2` … stand for; `$param` as whole values"),
  }),
  output: z.object({ rows: SqlRowsSchema }),
  texts: { datasource: "path", sql: "sql" },
  run: ({ datasource, sql, args }, job) =>
    withDataSource(datasource, job, async (source) => {
      const { rows, cut } = await source.query(sql, args);
      return actionDone({ rows: [...rows], cut });
    }),
  probe: null,
  undo: null,
  fake: {
    answers: z.union([AnswerRows, AnswerFails]),
    says: "a list of rows such as [{ pid: 7 }]",
    ports: (script) => ({
      datasource: {
        async query(sql, args) {
          const { answer, key } = await script.answer();
          await script.tryStatement(sql, args, answer, key);
          return { rows: answer, cut: false };
        },
      },
    }),
  },
});
