import { z } from "zod";
import type { DataSource } from "#ports/datasource.ts";
import { notSetUp, type ActionJob, type ActionResult } from "./action-job.ts";

/** The name of a data source, as the actions of SQL take it. */
export const DatasourceName = z
  .string()
  .regex(/^[A-Za-z0-9][\w.-]*(?:\/[\w.-]+)*$/, "no name of a datasource; write one of automation.datasources")
  .describe("a name under `automation.datasources`");

export const SqlRowsSchema = z.array(z.record(z.string(), z.unknown()));

export async function withDataSource<O>(
  name: string,
  { ports }: ActionJob,
  query: (source: DataSource) => Promise<ActionResult<O>>,
): Promise<ActionResult<O>> {
  const source = ports.datasource(name);
  return source === null
    ? notSetUp(`the data source ${name}`, `automation.datasources.${name} in muster.yaml`)
    : query(source);
}
