import { z } from "zod";
import { MINUTE_MS } from "#domain/values/duration.ts";
import { DurationText } from "#domain/values/yaml-values.ts";
import { AnswerFails } from "#runbooks/actions/action-fake.ts";
import { actionDone, notSetUp } from "#runbooks/actions/action-job.ts";
import { defineAction } from "#runbooks/actions/define-action.ts";

/** Most that is kept of one line, in characters. */
const LINE_LENGTH = 1_000;

const SearchedTexts = z.array(z.string().min(1).max(500)).max(10).default([]);

export const logsQuery = defineAction({
  name: "logs.query",
  summary: "Searches the logs of Loki for the newest lines with certain labels and words.",
  effect: "read",
  touches: "nothing",
  risk: "low",
  input: z.strictObject({
    labels: z
      .record(z.string().regex(/^[A-Za-z_]\w{0,127}$/, "no name of a label of Loki"), z.string().min(1).max(500))
      .refine((labels) => Object.keys(labels).length > 0, {
        error: "no label; write at least one, such as app: $service",
      })
      .describe("exactly these: `{ namespace: shop, app: $service }`"),
    contains: SearchedTexts.describe("each of these texts is in the line"),
    without: SearchedTexts.describe("none of these is"),
    since: DurationText.default(15 * MINUTE_MS),
    limit: z.int().min(1).max(500).default(50),
  }),
  output: z.object({
    lines: z.array(z.string()).describe("the newest, oldest of them first"),
    count: z.number(),
    noData: z.boolean().describe("there is no such line"),
  }),
  texts: {},
  notes: ["Secrets are masked. Values become strings of LogQL, escaped: a parameter never changes the query."],
  async run({ labels, contains, without, since, limit }, { ports, clock }) {
    if (ports.logs === null) return notSetUp("Loki", "LOKI_URL");
    const now = clock();
    const found = await ports.logs.search({ labels, contains, without, from: now - since, to: now, limit });
    const lines = found.toReversed().map(({ text }) => text.slice(0, LINE_LENGTH));
    return actionDone({ lines, count: lines.length, noData: lines.length === 0 });
  },
  probe: null,
  undo: null,
  fake: {
    answers: z.union([z.array(z.string()), AnswerFails]),
    says: "a list of lines, [] for none",
    ports: (script) => ({
      logs: {
        async search({ to }) {
          const { answer } = await script.answer();
          return answer.toReversed().map((text) => ({ at: to, text, labels: {} }));
        },
      },
    }),
  },
});
