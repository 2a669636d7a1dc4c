// What Muster is made of, read from the lock. test/lint/supply-chain.test.ts holds the repository to it.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";

/** Licenses under which others may run, change and pass on what contains the package. */
export const ALLOWED_LICENSES = [
  "0BSD",
  "Apache-2.0",
  "BSD-2-Clause",
  "BSD-3-Clause",
  "ISC",
  "MIT",
  "PSF-2.0",
  "PostgreSQL",
  "Unlicense",
];

/** Packages whose lock entry names no license, and what their own files say. */
const READ_BY_HAND = { format: "MIT" };

/** Every package that an installation for production can bring along: name, version, license. */
export function productionPackages() {
  const { packages } = JSON.parse(readFileSync("package-lock.json", "utf8"));
  const found = new Map();
  for (const [path, { version, license, dev, devOptional }] of Object.entries(packages)) {
    if (path === "" || dev === true || devOptional === true) continue;
    const name = path.slice(path.lastIndexOf("node_modules/") + "node_modules/".length);
    found.set(`${name} ${version}`, { name, version, license: license ?? READ_BY_HAND[name] ?? "unknown" });
  }
  return [...found.entries()].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, each]) => each);
}

/** docs/licenses.md. */
export function licensesPage() {
  const packages = productionPackages();
  const counts = new Map();
  for (const { license } of packages) counts.set(license, (counts.get(license) ?? 0) + 1);
  return [
    "# Licenses of what Muster brings along",
    "",
    "Every package that `npm ci --omit=dev` can install, with those for other platforms. Muster itself is under the MIT license. Made by `npm run licenses`; a test fails while it is out of date.",
    "",
    "| license | packages |",
    "|---|---|",
    ...[...counts.entries()]
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([license, count]) => `| ${license} | ${count} |`),
    "",
    "| package | version | license |",
    "|---|---|---|",
    ...packages.map(({ name, version, license }) => `| ${name} | ${version} | ${license} |`),
    "",
  ].join("\n");
}

/** Runs npm, and answers what it prints as JSON; null when it is no JSON. */
function npmJson(args) {
  const { stdout } = spawnSync("npm", args, { encoding: "utf8", maxBuffer: 64 * 1024 * 1024, timeout: 120_000 });
  try {
    return JSON.parse(stdout);
  } catch {
    return null;
  }
}

/**
 * What `npm audit --omit=dev --json` answered: known advisories, or that it could not ask. A registry that does not answer
 * is no good news, and is never read as "none".
 */
export function readAdvisories(report) {
  const counts = report?.metadata?.vulnerabilities;
  if (typeof counts?.total !== "number")
    return { checked: false, total: null, says: `NOT CHECKED: ${report?.message ?? "npm audit gave no report"}` };
  const levels = ["critical", "high", "moderate", "low", "info"].filter((level) => counts[level] > 0);
  const says = counts.total === 0 ? "none known" : levels.map((level) => `${counts[level]} ${level}`).join(", ");
  return { checked: true, total: counts.total, says };
}

/** Asks the registry for advisories against production packages. */
export function askAdvisories() {
  return readAdvisories(npmJson(["audit", "--omit=dev", "--json"]));
}

/** The software bill of materials of production, CycloneDX as npm writes it. @throws Error when npm gives none */
export function billOfMaterials() {
  const bill = npmJson(["sbom", "--package-lock-only", "--omit=dev", "--sbom-format=cyclonedx"]);
  if (bill?.bomFormat !== "CycloneDX") throw new Error("npm sbom gave no bill of materials");
  // npm names the root by the folder that it lies in.
  return { ...bill, metadata: { ...bill.metadata, component: { ...bill.metadata.component, name: "muster" } } };
}
