import type { z } from "zod";
import { explain } from "./explain.ts";
import type { Problem } from "./problem.ts";
import type { Flaw } from "./promql.ts";
import type { Path, YamlSource } from "./yaml-source.ts";

/** Where the linter writes down what it finds in one piece of YAML. `offset` counts the characters of the text at a path. */
export type Report = {
  readonly at: (path: Path, message: string, fix: string, offset?: number) => void;
  readonly atKey: (path: Path, message: string, fix: string) => void;
  readonly flaws: (path: Path, flaws: readonly Flaw[]) => void;
  readonly issues: (under: Path, issues: readonly z.core.$ZodIssue[], schema: z.core.$ZodType) => void;
};

export function reportOn(source: YamlSource, file: string, problems: Problem[]): Report {
  const at: Report["at"] = (path, message, fix, offset) => void problems.push({ file, ...source.at(path, offset), message, fix });
  return {
    at,
    atKey: (path, message, fix) => void problems.push({ file, ...source.atKey(path), message, fix }),
    flaws: (path, flaws) => {
      for (const { offset, message, fix } of flaws) at(path, message, fix, offset);
    },
    issues: (under, issues, schema) => void problems.push(...explain(issues, schema, source, file, under)),
  };
}
