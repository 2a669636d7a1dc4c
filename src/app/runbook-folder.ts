import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { loadCatalog, type CatalogSource, type RunbookCatalog, type RunbookCheck } from "#runbooks/index.ts";

/** All runbooks of a folder; a folder that does not exist has none. `check`: how they are linted; in this process without. `functions`: of SQL, which the policy lets in. */
export function loadRunbooks(
  folder: string,
  check?: RunbookCheck,
  functions: readonly string[] = [],
): Promise<RunbookCatalog> {
  const source: CatalogSource = {
    list: async () => {
      try {
        return await readdir(folder);
      } catch (error) {
        if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
        throw error;
      }
    },
    read: (name) => readFile(join(folder, name), "utf8"),
  };
  return loadCatalog(folder, source, check, functions);
}
