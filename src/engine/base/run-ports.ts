import type { RunPorts } from "#ports/action-ports.ts";
import type { RunbookCatalog } from "#runbooks/index.ts";

/** Runbooks and what they act through. */
export type AutomationRuntime = {
  /** As the files are now. */
  readonly catalogue: () => RunbookCatalog;
  /** The addresses of the authors of a file's present version; empty: unknown. Absent: own changes may be approved. */
  readonly authors?: (file: string) => Promise<readonly string[]>;
  readonly ports: RunPorts;
  /** Values that no output may show. */
  readonly secrets: () => readonly string[];
};
