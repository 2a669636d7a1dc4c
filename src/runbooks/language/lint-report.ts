import type { z } from "zod";
import { explainIssues } from "./schema-problems.ts";
import type { RunbookProblem } from "./runbook-problem.ts";
import type { TextFlaw } from "./promql.ts";
import type { YamlPath, YamlSource } from "./yaml-source.ts";

/** Where the linter writes down what it finds in one piece of YAML. `offset` counts the characters of the text at a path. */
export type LintReport = {
  readonly at: (path: YamlPath, message: string, fix: string, offset?: number) => void;
  readonly atKey: (path: YamlPath, message: string, fix: string) => void;
  readonly flaws: (path: YamlPath, flaws: readonly TextFlaw[]) => void;
  readonly issues: (under: YamlPath, issues: readonly z.core.$ZodIssue[], schema: z.core.$ZodType) => void;
};

export function createLintReport(source: YamlSource, file: string, problems: RunbookProblem[]): LintReport {
  const at: LintReport["at"] = (path, message, fix, offset) =>
    void problems.push({ file, ...source.at(path, offset), message, fix });
  return {
    at,
    atKey: (path, message, fix) => void problems.push({ file, ...source.atKey(path), message, fix }),
    flaws: (path, flaws) => {
      for (const { offset, message, fix } of flaws) at(path, message, fix, offset);
    },
    issues: (under, issues, schema) => void problems.push(...explainIssues(issues, schema, source, file, under)),
  };
}
