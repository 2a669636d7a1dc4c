// node .ci/complete-lock.mjs, after every `npm install`: npm leaves out of package-lock.json the optional packages of other
// platforms that a registry did not have at the time, or keeps them without a checksum. This lets npm look each of them up
// again, in a copy, and takes over what it found. An entry without a checksum would be installed whatever it holds, so the
// lock is written only when every entry has one.
import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const FILE = "package-lock.json";
const lock = JSON.parse(readFileSync(FILE, "utf8"));
const isComplete = ([path, entry]) => path === "" || entry.link === true || typeof entry.integrity === "string";

const folder = mkdtempSync(join(tmpdir(), "muster-lock-"));
let found;
try {
  cpSync("package.json", join(folder, "package.json"));
  const known = { ...lock, packages: Object.fromEntries(Object.entries(lock.packages).filter(isComplete)) };
  writeFileSync(join(folder, FILE), JSON.stringify(known, null, 2));
  execFileSync("npm", ["install", "--package-lock-only", "--ignore-scripts", "--no-audit", "--no-fund"], {
    cwd: folder,
    stdio: ["ignore", "ignore", "inherit"],
  });
  found = JSON.parse(readFileSync(join(folder, FILE), "utf8")).packages;
} finally {
  rmSync(folder, { recursive: true });
}

// What is known of an entry stays: a registry may leave out what another one told, such as the C library of a platform.
const packages = { ...found, ...lock.packages };
for (const [path, entry] of Object.entries(packages))
  if (!isComplete([path, entry])) packages[path] = { version: entry.version, ...found[path], ...entry };
lock.packages = Object.fromEntries(Object.entries(packages).toSorted(([a], [b]) => (a < b ? -1 : 1)));

const missing = Object.entries(lock.packages).filter((each) => !isComplete(each));
if (missing.length > 0) {
  process.stderr.write(
    `this registry has no checksum of ${missing.map(([path]) => path).join(", ")}; nothing was written\n`,
  );
  process.exitCode = 1;
} else {
  writeFileSync(FILE, `${JSON.stringify(lock, null, 2)}\n`);
  process.stdout.write(`${Object.keys(lock.packages).length - 1} entries, each with a checksum\n`);
}
