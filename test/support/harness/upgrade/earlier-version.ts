import { execFileSync } from "node:child_process";
import { symlinkSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { temporaryDirectory } from "#test/support/harness/servers/temporary-directory.ts";

const ROOT = fileURLToPath(new URL("../../../..", import.meta.url));

/** The version that this one may be deployed over: the code that wrote test/fixtures/upgrade. */
const EARLIER = "02ec4ce56ea82813f542ce9ce186127dc7f66f56";

/** Why the earlier version is missing; null when it is there: its code comes from this clone's history. */
export function lacksEarlier(): string | null {
  try {
    execFileSync("git", ["cat-file", "-e", `${EARLIER}^{commit}`], { cwd: ROOT, stdio: "ignore" });
    return null;
  } catch {
    return `commit ${EARLIER} is not in this clone: clone it whole, or git fetch --unshallow`;
  }
}

/** Unpacks the code of the earlier version, with the dependencies of this one; answers its folder. */
export function unpackEarlier(): string {
  const directory = temporaryDirectory("earlier");
  const archive = execFileSync(
    "git",
    ["archive", "--format=tar", EARLIER, "src", "handlers", "migrations", "package.json"],
    { cwd: ROOT, maxBuffer: 1 << 28 },
  );
  execFileSync("tar", ["-x", "-C", directory], { input: archive });
  symlinkSync(join(ROOT, "node_modules"), join(directory, "node_modules"));
  return directory;
}
