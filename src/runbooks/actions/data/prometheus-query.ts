import { z } from "zod";
import { isCompleteReading, type MetricReading } from "#ports/metrics-source.ts";
import { AnswerFails } from "#runbooks/actions/action-fake.ts";
import { actionDone, notSetUp } from "#runbooks/actions/action-job.ts";
import { defineAction } from "#runbooks/actions/define-action.ts";

const Samples = z
  .array(z.strictObject({ labels: z.record(z.string(), z.string()).default({}), value: z.number() }))
  .min(1, "an empty list; write none for no data");

export const prometheusQuery = defineAction({
  name: "prometheus.query",
  summary: "Asks Prometheus for the value of an expression now.",
  effect: "read",
  touches: "nothing",
  risk: "low",
  input: z.strictObject({
    query: z.string().min(1).describe('PromQL; `"$param"` stands as the whole string of a label matcher'),
  }),
  output: z.object({
    value: z
      .number()
      .nullable()
      .describe(
        "of the one series; no data when there is none, when it is NaN, or when there are several: reduce them with sum, max or min",
      ),
    series: z.array(z.object({ labels: z.record(z.string(), z.string()), value: z.number() })),
    noData: z.boolean(),
  }),
  texts: { query: "promql" },
  async run({ query }, { ports, clock }) {
    if (ports.metrics === null) return notSetUp("Prometheus", "PROMETHEUS_URL");
    const reading = await ports.metrics.query(query, clock());
    if (!isCompleteReading(reading)) return actionDone({ value: null, series: [], noData: true });
    if (reading.kind === "value")
      return actionDone({ value: reading.value, series: [{ labels: {}, value: reading.value }], noData: false });
    if (reading.kind === "noData") return actionDone({ value: null, series: [], noData: true });
    const series = reading.rows.slice(0, 100).map(({ labels, value }) => ({ labels: { ...labels }, value }));
    // Series come in no order: which of several is the first is chance.
    return actionDone({ value: series.length === 1 ? series[0]!.value : null, series, noData: series.length === 0 });
  },
  probe: null,
  undo: null,
  fake: {
    answers: z.union([z.number(), z.literal("none"), Samples, AnswerFails]),
    says: "a number, none for no data, or a list such as [{ labels: { pod: a }, value: 3 }]",
    ports: (script) => ({
      metrics: {
        query: async (promql, at) => reading((await script.measured(promql, at)) ?? (await script.answer()).answer),
      },
    }),
  },
});

function reading(answer: number | "none" | z.output<typeof Samples>): MetricReading {
  if (answer === "none") return { kind: "noData", warnings: [] };
  return typeof answer === "number"
    ? { kind: "value", value: answer, warnings: [] }
    : { kind: "rows", rows: answer, warnings: [] };
}
