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

/** package-lock.json. */
export function readLock() {
  return JSON.parse(readFileSync("package-lock.json", "utf8"));
}

/** Every package that an installation for production can bring along: name, version, license. */
export function productionPackages({ packages } = readLock()) {
  const found = new Map();
  for (const [path, { version, license, dev, devOptional }] of Object.entries(packages)) {
    if (path === "" || dev === true || devOptional === true) continue;
    const name = path.slice(path.lastIndexOf("node_modules/") + "node_modules/".length);
    found.set(`${name} ${version}`, { name, version, license: license ?? READ_BY_HAND[name] ?? "unknown" });
  }
  return [...found.entries()].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, each]) => each);
}

/** docs/licenses.md. */
export function licensesPage(lock = readLock()) {
  const packages = productionPackages(lock);
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
 * What `npm audit --json` answered about production packages: known advisories, or that it could not ask. A registry that
 * does not answer is no good news, and is never read as "none". (`--omit=dev` is not asked for: npm leaves packages out with
 * it that production shares with tools.)
 */
export function readAdvisories(report, packages = productionPackages()) {
  const found = report?.vulnerabilities;
  if (typeof report?.metadata?.vulnerabilities?.total !== "number" || typeof found !== "object" || found === null)
    return { checked: false, total: null, says: `NOT CHECKED: ${report?.message ?? "npm audit gave no report"}` };
  const names = new Set(packages.map(({ name }) => name));
  const severities = Object.entries(found).flatMap(([name, { severity }]) => (names.has(name) ? [severity] : []));
  const levels = ["critical", "high", "moderate", "low", "info"].flatMap((level) => {
    const count = severities.filter((each) => each === level).length;
    return count === 0 ? [] : [`${count} ${level}`];
  });
  return { checked: true, total: severities.length, says: severities.length === 0 ? "none known" : levels.join(", ") };
}

/** Asks the registry for advisories against production packages. */
export function askAdvisories() {
  return readAdvisories(npmJson(["audit", "--json"]));
}

/**
 * The software bill of materials of production, CycloneDX as npm writes it. npm is asked for everything and the tools are
 * taken out here: with `--omit=dev` it leaves out what production and tools both use.
 * @throws Error when npm gives none, or one without a package of the lock
 */
export function billOfMaterials() {
  const bill = npmJson(["sbom", "--package-lock-only", "--sbom-format=cyclonedx"]);
  if (bill?.bomFormat !== "CycloneDX") throw new Error("npm sbom gave no bill of materials");
  return productionBill(bill, productionPackages());
}

/** The part of a bill that is about these packages. @throws Error when it lacks one of them */
export function productionBill(bill, packages) {
  const wanted = new Set(packages.map(({ name, version }) => `${name} ${version}`));
  const components = bill.components.filter(({ name, version }) => wanted.has(`${name} ${version}`));
  const listed = new Set(components.map(({ name, version }) => `${name} ${version}`));
  const missing = [...wanted].filter((each) => !listed.has(each));
  if (missing.length > 0) throw new Error(`the bill of materials lacks ${missing.join(", ")}`);
  const root = bill.metadata.component;
  const refs = new Set([root["bom-ref"], ...components.map((each) => each["bom-ref"])]);
  return {
    ...bill,
    // npm names the root by the folder that it lies in.
    metadata: { ...bill.metadata, component: { ...root, name: "muster" } },
    components,
    dependencies: bill.dependencies
      .filter(({ ref }) => refs.has(ref))
      .map((each) => ({ ...each, dependsOn: (each.dependsOn ?? []).filter((ref) => refs.has(ref)) })),
  };
}

/**
 * Why nothing may be released: a package without a checksum or under another license, a list of licenses that is out of
 * date, changes that are not committed (the source would be another one than the bill is about). Empty: nothing.
 * @param lock package-lock.json, parsed; `page`: docs/licenses.md; `changes`: `git status --porcelain`
 */
export function releaseProblems({ lock, page, changes }) {
  const unchecked = Object.entries(lock.packages).flatMap(([path, { integrity, link }]) =>
    path === "" || link === true || /^sha512-[\w+/]{86}==$/.test(integrity ?? "") ? [] : [path],
  );
  const licenses = productionPackages(lock).filter(({ license }) => !ALLOWED_LICENSES.includes(license));
  return [
    ...unchecked.map((path) => `package-lock.json: ${path} has no SHA-512 checksum; node .ci/complete-lock.mjs`),
    ...licenses.map(({ name, version, license }) => `${name} ${version}: the license ${license} is not in the list`),
    ...(page === licensesPage(lock) ? [] : ["docs/licenses.md is out of date; npm run licenses"]),
    ...(changes.trim() === "" ? [] : ["there are changes that are not committed"]),
  ];
}
