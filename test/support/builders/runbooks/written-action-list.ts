import { readdirSync } from "node:fs";
import { join } from "node:path";

/** What src/runbooks/actions/action-list.ts must be: a line for each file in the folders beside it. */
export function writtenActionList(root: string): string {
  const folder = join(root, "src/runbooks/actions");
  const files = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .flatMap(({ name }) => readdirSync(join(folder, name)).map((file) => `${name}/${file}`));
  return `${files
    .toSorted()
    .map((file) => `export * from "./${file}";`)
    .join("\n")}\n`;
}
