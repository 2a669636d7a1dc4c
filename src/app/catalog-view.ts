import { NO_RUN_RECORD, type TrackRecord } from "#domain/automation/run-trust.ts";
import type { RunbookCatalog, Runbook, Step } from "#runbooks/index.ts";
import type { CatalogProblem, CatalogRunbook } from "#views/dashboard/runbook-pages.ts";

type Records = (
  texts: readonly { readonly runbook: string; readonly sha: string }[],
) => Promise<ReadonlyMap<string, TrackRecord>>;

type CatalogView = { readonly runbooks: readonly CatalogRunbook[]; readonly problems: readonly CatalogProblem[] };

/** How long what was read from the folder is shown before it is read again, in ms: a page is no reason to parse them all. */
const FRESH_MS = 30_000;

/** The catalogue as the dashboard shows it, read again now and then. */
export function createCatalogView(
  load: () => Promise<RunbookCatalog>,
  records: Records,
  monotonic: () => number,
): () => Promise<CatalogView> {
  let known: { readonly at: number; readonly catalogue: Promise<RunbookCatalog> } | null = null;
  const read = (): Promise<RunbookCatalog> => {
    if (known !== null && monotonic() - known.at < FRESH_MS) return known.catalogue;
    const catalogue = load();
    known = { at: monotonic(), catalogue };
    catalogue.catch(() => (known = null));
    return catalogue;
  };
  return async () => {
    const { runbooks, problems } = await read();
    // How they did is asked every time: it is what people look for after a run.
    const did = await records(runbooks.map(({ id, sha256 }) => ({ runbook: id, sha: sha256 })));
    return { runbooks: runbooks.map((runbook) => catalogEntry(runbook, did.get(runbook.id) ?? NEVER_RUN)), problems };
  };
}

const NEVER_RUN: TrackRecord = { ...NO_RUN_RECORD, last: null, openUntil: null };

function catalogEntry(runbook: Runbook, record: TrackRecord): CatalogRunbook {
  const { id, title, owner, mode, documentation, match, steps } = runbook;
  return {
    id,
    title,
    owner,
    mode,
    documentation,
    match,
    steps: steps.map((step) => ({ id: step.id, uses: step.uses, approvedBy: step.approve?.from ?? [] })),
    markdown: pageOf(runbook),
    record,
  };
}

/** The page as it was written, with a line in the place of what can run. */
function pageOf({ title, sections, steps }: Runbook): string {
  const step = (wanted: string): Step | undefined => steps.find(({ id }) => id === wanted);
  return sections
    .flatMap(({ heading, depth, parts }) => [
      ...(heading === "" || heading === title || depth < 1 ? [] : [`${"#".repeat(depth)} ${heading}`]),
      ...parts.map((part) =>
        part.kind === "text"
          ? part.markdown
          : part.kind === "step"
            ? `> ▶ **${part.id}** \`${step(part.id)?.uses ?? ""}\`${step(part.id)?.approve == null ? "" : " (needs approval)"}`
            : "> ✓ Here it is measured whether the trouble is over.",
      ),
    ])
    .join("\n\n");
}
