import { execFileSync } from "node:child_process";
import { chownSync, existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { serverEnvironment } from "./server-settings.ts";

/**
 * As whom the server runs.
 * - self: as we do.
 * - other: as a user with fewer rights, to whom its files belong. PostgreSQL refuses to run as root.
 * - namespace: as root, who is an ordinary user in a user namespace of its own. So it reaches folders below one that only
 *   root may enter, such as /root, and has no capability.
 */
export type ServerUser =
  | { readonly kind: "self" }
  | { readonly kind: "other"; readonly name: string; readonly uid: number; readonly gid: number }
  | { readonly kind: "namespace" };

/** How a program is started as someone. */
export type UserCommand = {
  readonly file: string;
  readonly args: readonly string[];
  readonly options: { readonly uid?: number; readonly gid?: number };
};

const ROOT = 0;
/** The number of the least user, and what the kernel shows for those who are not in a namespace. PostgreSQL asks for its name. */
const OVERFLOW_ID = 65_534;

/** Whom to try, in this order, for new files or for files that are there. Never `postgres`, who may own another server's. */
export function serverUsers(files: string): readonly ServerUser[] {
  if (process.getuid?.() !== ROOT) return [{ kind: "self" }];
  if (!existsSync(files)) return [...userNamed("muster"), ...userNamed("nobody"), { kind: "namespace" }];
  const { uid, gid } = statSync(files);
  return uid === ROOT ? [{ kind: "namespace" }] : [{ kind: "other", name: `user ${uid}`, uid, gid }];
}

function userNamed(name: string): readonly ServerUser[] {
  const id = (flag: string): number => Number(execFileSync("id", [flag, name], { encoding: "utf8", stdio: "pipe" }));
  try {
    return [{ kind: "other", name, uid: id("-u"), gid: id("-g") }];
  } catch {
    return [];
  }
}

/** A command line that is run as `user`. */
export function commandAs(user: ServerUser, file: string, args: readonly string[]): UserCommand {
  if (user.kind === "other") return { file, args, options: { uid: user.uid, gid: user.gid } };
  if (user.kind === "self") return { file, args, options: {} };
  const namespace = ["--user", `--map-user=${OVERFLOW_ID}`, `--map-group=${OVERFLOW_ID}`, "--", file, ...args];
  return { file: "unshare", args: namespace, options: {} };
}

/** Why `user` cannot run the programs in `server`; null when it can. */
export function whyUnableToRun(user: ServerUser, server: string): string | null {
  const { file, args, options } = commandAs(user, join(server, "bin", "postgres"), ["--version"]);
  try {
    const env = serverEnvironment();
    execFileSync(file, args, { ...options, cwd: server, env, stdio: ["ignore", "pipe", "pipe"], encoding: "utf8" });
    return null;
  } catch (error) {
    const output = error instanceof Error && "stderr" in error ? String(error.stderr).trim() : "";
    const reason = output === "" && error instanceof Error ? error.message : output;
    return `${nameOf(user)}: ${reason.split("\n")[0]}`;
  }
}

function nameOf(user: ServerUser): string {
  if (user.kind === "other") return `as ${user.name}`;
  return user.kind === "namespace" ? "in a user namespace" : "as this user";
}

/** Gives a file or an empty folder to the user. */
export function giveTo(user: ServerUser, path: string): void {
  if (user.kind === "other") chownSync(path, user.uid, user.gid);
}
