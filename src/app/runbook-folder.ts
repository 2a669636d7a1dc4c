import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { loadCatalog, type RunbookCatalog } from "#runbooks/index.ts";

/** All runbooks of a folder; a folder that does not exist has none. */
export function loadRunbooks(folder: string): Promise<RunbookCatalog> {
  return loadCatalog(folder, {
    list: async () => {
      try {
        return await readdir(folder);
      } catch (error) {
        if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
        throw error;
      }
    },
    read: (name) => readFile(join(folder, name), "utf8"),
  });
}
