// npm run release: what goes with a release, in release/: the source, the bill of materials (CycloneDX), the licenses, what
// is known of advisories or that it could not be asked, and the checksums of all of it. When something of that is missing it
// says what, leaves no folder, and ends with 1.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { askAdvisories, billOfMaterials, licensesPage, readLock, releaseProblems } from "./supply-chain.mjs";

const FOLDER = "release";
const { name, version } = JSON.parse(readFileSync("package.json", "utf8"));
const commit = execFileSync("git", ["rev-parse", "HEAD"], { encoding: "utf8" }).trim();

rmSync(FOLDER, { recursive: true, force: true });
const changes = execFileSync("git", ["status", "--porcelain"], { encoding: "utf8" });
const problems = releaseProblems({ lock: readLock(), page: readFileSync("docs/licenses.md", "utf8"), changes });
if (problems.length > 0) {
  process.stderr.write(`nothing is released:\n${problems.map((each) => `- ${each}\n`).join("")}`);
  process.exit(1);
}
// Before the first file: what fails here leaves no folder that looks like a release.
const bill = billOfMaterials();
mkdirSync(FOLDER);
const source = `${name}-${version}`;
execFileSync("git", ["archive", `--prefix=${source}/`, `--output=${join(FOLDER, `${source}.tar.gz`)}`, "HEAD"]);
writeFileSync(join(FOLDER, "sbom.cdx.json"), `${JSON.stringify(bill, null, 2)}\n`);
writeFileSync(join(FOLDER, "licenses.md"), licensesPage());
const { says } = askAdvisories();
writeFileSync(
  join(FOLDER, "advisories.txt"),
  `${name} ${version} (${commit})\nadvisories of production packages: ${says}\n`,
);
const sums = readdirSync(FOLDER).map(
  (file) =>
    `${createHash("sha256")
      .update(readFileSync(join(FOLDER, file)))
      .digest("hex")}  ${file}\n`,
);
writeFileSync(join(FOLDER, "SHA256SUMS"), sums.join(""));
process.stdout.write(`${readdirSync(FOLDER).join(", ")} in ${FOLDER}/; advisories: ${says}\n`);
