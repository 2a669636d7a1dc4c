import type { Catalogue, Runbook, Step } from "#runbooks/index.ts";
import type { ShelfProblem, ShelvedRunbook } from "#views/dashboard/runbooks.ts";

type Shelf = { readonly runbooks: readonly ShelvedRunbook[]; readonly problems: readonly ShelfProblem[] };

/** How long what was read from the folder is shown before it is read again, in ms: a page is no reason to parse them all. */
const FRESH = 30_000;

/** The catalogue as the dashboard shows it, read anew now and then. */
export function createShelf(load: () => Promise<Catalogue>, clock: () => number = Date.now): () => Promise<Shelf> {
  let known: { readonly at: number; readonly shelf: Promise<Shelf> } | null = null;
  return () => {
    if (known !== null && clock() - known.at < FRESH) return known.shelf;
    const shelf = load().then(({ runbooks, problems }) => ({ runbooks: runbooks.map(shelved), problems }));
    known = { at: clock(), shelf };
    shelf.catch(() => (known = null));
    return shelf;
  };
}

function shelved(runbook: Runbook): ShelvedRunbook {
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
    record: null,
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
