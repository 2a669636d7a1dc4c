import type { RunPorts } from "#ports/action-ports.ts";
import type { RunbookCatalog } from "#runbooks/index.ts";

/** Runbooks and what they act through. */
export type AutomationRuntime = {
  /** As the files are now. */
  readonly catalogue: () => RunbookCatalog;
  /** The addresses of whoever wrote a file as it is; empty: no one knows. Absent: no one keeps people from approving their own. */
  readonly authors?: (file: string) => Promise<readonly string[]>;
  readonly ports: RunPorts;
  /** Values that no output may show. */
  readonly secrets: () => readonly string[];
};
