import { readFileSync } from "node:fs";
import { registerHooks } from "node:module";

const ROOT = new URL("../../../", import.meta.url);
/** A package whose own files are ES modules, all that end in .js, and whose package.json is 180 kB of `exports`. */
const DRIZZLE = "/node_modules/drizzle-orm/";

/**
 * Has Node resolve imports between our own files, and between those of drizzle-orm, as it does by itself, only faster. For
 * each import Node 24 parses the package.json of the importing package again, to learn what kind of module it leads to: of
 * the time that loading takes this was 40 % (docs/decisions.md, "Imports are resolved by a hook"). Node before 22.15 has no
 * hooks, and resolves everything by itself.
 */
export function resolveQuickly(): void {
  if (typeof registerHooks !== "function" || process.features.typescript !== "strip") return;
  const folders = aliasedFolders();
  registerHooks({
    resolve(specifier, context, next) {
      const { parentURL } = context;
      if (specifier.endsWith(".ts")) {
        const slash = specifier.indexOf("/") + 1;
        const folder = folders.get(specifier.slice(0, slash));
        if (folder !== undefined)
          return { url: folder + specifier.slice(slash), format: "module-typescript", shortCircuit: true };
        if (specifier.startsWith(".") && parentURL?.startsWith(ROOT.href) === true)
          return { url: new URL(specifier, parentURL).href, format: "module-typescript", shortCircuit: true };
      } else if (specifier.startsWith(".") && specifier.endsWith(".js") && parentURL?.includes(DRIZZLE) === true)
        return { url: new URL(specifier, parentURL).href, format: "module", shortCircuit: true };
      return next(specifier, context);
    },
  });
}

/** Where the names of folders lead, "#domain/" for example: the `imports` of package.json. */
function aliasedFolders(): ReadonlyMap<string, string> {
  const { imports } = JSON.parse(readFileSync(new URL("package.json", ROOT), "utf8")) as {
    readonly imports: Readonly<Record<string, string>>;
  };
  return new Map(
    Object.entries(imports).map(([name, path]) => [name.replace("*", ""), new URL(path.replace("*", ""), ROOT).href]),
  );
}
