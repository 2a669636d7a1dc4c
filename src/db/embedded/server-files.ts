import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { initArguments, serverEnvironment } from "./server-settings.ts";
import { commandAs, giveTo, type ServerUser } from "./server-user.ts";

/** Where everything of the server lies, in the folder of an embedded database. */
export type ServerPlace = {
  readonly root: string;
  readonly logFile: string;
  /** Windows alone: the password of the server, and the port on which it listens. */
  readonly passwordFile: string;
  readonly portFile: string;
};

/** The places below a folder. */
export function serverPlace(directory: string): ServerPlace {
  const root = join(directory, "postgresql");
  return {
    root,
    logFile: join(root, "server.log"),
    passwordFile: join(root, "password"),
    portFile: join(root, "port"),
  };
}

/** The major versions whose files are here and whole, in ascending order. */
export function clusterVersions({ root }: ServerPlace): readonly number[] {
  if (!existsSync(root)) return [];
  return readdirSync(root)
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .sort((a, b) => a - b);
}

/** The folder of the files of a major version. */
export function clusterFiles({ root }: ServerPlace, major: number): string {
  return join(root, String(major));
}

/** The pipe beside the files by which every process of their server is known to live. */
export function lifePipe(files: string): string {
  return `${files}.alive`;
}

/** Makes the folder of all that is the server's; the user who runs it has to pass through. */
export function makeServerPlace({ root }: ServerPlace): void {
  mkdirSync(root, { recursive: true });
  if (process.getuid?.() === 0) chmodSync(root, 0o755);
}

/** How the files of a server are made. */
export type ClusterCreation = {
  readonly place: ServerPlace;
  readonly programs: string;
  readonly user: ServerUser;
  readonly forgetful: boolean;
};

/**
 * Makes the files of a new server, and answers their folder: a draft, which `keepCluster` gives its name. So what has the
 * name is whole, whatever ends this process in between.
 */
export async function draftCluster({ place, programs, user, forgetful }: ClusterCreation): Promise<string> {
  for (const name of readdirSync(place.root))
    if (/\.draft(\.alive)?$/.test(name)) rmSync(join(place.root, name), { recursive: true, force: true });
  const draft = join(place.root, `${randomBytes(6).toString("hex")}.draft`);
  mkdirSync(draft, { mode: 0o700 });
  giveTo(user, draft);
  const passwordFile = process.platform === "win32" ? writePassword(place) : null;
  const args = initArguments(draft, passwordFile, forgetful);
  const { file, args: all, options } = commandAs(user, join(programs, "bin", "initdb"), args);
  try {
    await promisify(execFile)(file, all, { ...options, cwd: place.root, env: serverEnvironment() });
    return draft;
  } catch (cause) {
    rmSync(draft, { recursive: true, force: true });
    const output = cause instanceof Error && "stderr" in cause ? String(cause.stderr).trim() : String(cause);
    throw new Error(output.split("\n").at(-1), { cause });
  }
}

/** Forgets files that nothing was ever stored in. */
export function removeCluster(files: string): void {
  for (const path of [files, lifePipe(files)]) rmSync(path, { recursive: true, force: true });
}

/** Gives finished files their name. */
export function keepCluster(place: ServerPlace, draft: string, major: number): string {
  const files = clusterFiles(place, major);
  renameSync(draft, files);
  return files;
}

function writePassword({ passwordFile }: ServerPlace): string {
  if (!existsSync(passwordFile)) writeFileSync(passwordFile, randomBytes(24).toString("hex"), { mode: 0o600 });
  return passwordFile;
}

/** The password of the server; null where it needs none. */
export function readPassword({ passwordFile }: ServerPlace): string | null {
  return existsSync(passwordFile) ? readFileSync(passwordFile, "utf8") : null;
}
