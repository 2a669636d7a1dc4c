import { execFileSync, spawn } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { openDatabase, type DatabaseConnection } from "#db/client.ts";
import { clusterFiles, lifePipe, serverPlace } from "#db/embedded/server-files.ts";
import { findServerPackage } from "#db/embedded/server-package.ts";
import { isServerAlive } from "#db/embedded/server-process.ts";
import { holdDatabase, type DatabaseHolder } from "#test/support/harness/servers/server-holder.ts";
import { querySql } from "#test/support/harness/servers/live.ts";
import { removeDirectory, temporaryDirectory } from "#test/support/harness/servers/temporary-directory.ts";
import { waitFor } from "#test/support/harness/wait-until.ts";

let made: string;
let directory: string;
let files: string;
let closers: (() => Promise<unknown>)[] = [];
let errors: string[] = [];
/** Making the files of a server takes a second of work; each test has a copy. */
beforeAll(async () => {
  made = openTemporaryDirectory("made");
  await (await openDatabase({ kind: "embedded", directory: made }, () => {})).close();
});
afterAll(() => removeDirectory(made));
beforeEach(() => {
  directory = openTemporaryDirectory("server");
  execFileSync("cp", ["-a", `${made}/.`, directory]);
  files = clusterFiles(serverPlace(directory), 18);
  errors = [];
});
afterEach(async () => {
  for (const close of closers.toReversed()) await close();
  closers = [];
  removeDirectory(directory);
});

async function open(folder = directory): Promise<DatabaseConnection> {
  const opened = await openDatabase({ kind: "embedded", directory: folder }, ({ message }) => errors.push(message));
  expect(opened.whyInside).toBeNull();
  let closing: Promise<void> | null = null;
  const close = (): Promise<void> => (closing ??= opened.close());
  closers.push(close);
  return { ...opened, close };
}

/** A folder that every user may pass through. */
function openTemporaryDirectory(name: string): string {
  const folder = temporaryDirectory(name);
  chmodSync(folder, 0o755);
  return folder;
}

async function hold(): Promise<DatabaseHolder> {
  const holder = await holdDatabase(directory);
  closers.push(() => holder.end("SIGKILL"));
  return holder;
}

/** The name of the folder of programs. */
const programs = (): string => `server-${findServerPackage()!.version}`;
const isAlive = (): boolean => isServerAlive(lifePipe(files));
const ends = (): Promise<boolean> => waitFor(() => !isAlive(), { what: "the server to end", timeoutMs: 15_000 });
/** The number of the server's first process. */
const serverPid = (): number => Number(readFileSync(join(files, "postmaster.pid"), "utf8").split("\n")[0]);

async function valueOf({ pool }: DatabaseConnection, sql: string): Promise<string> {
  const { rows } = await pool.query<Record<string, unknown>>(sql);
  return String(Object.values(rows[0] ?? {})[0]);
}

const WRITE = "create table kept (word text); insert into kept values ('durable')";
const READ = "select word from kept";

const reports = (error: string): Promise<boolean> =>
  waitFor(() => errors.includes(error), { what: `"${error}"`, timeoutMs: 30_000 });
/** What is stored, as soon as the server is back. */
const answerOf = (opened: DatabaseConnection): Promise<string> =>
  waitFor(() => valueOf(opened, READ), { what: "the server to be back", timeoutMs: 30_000 });

describe("an embedded server", () => {
  test("writes everything to disk, is reached by its socket alone, and ends when it is closed", async () => {
    const opened = await open();
    const settings = "select string_agg(name || '=' || setting, ' ' order by name) from pg_settings where name in";
    expect(
      await valueOf(opened, `${settings} ('fsync', 'full_page_writes', 'listen_addresses', 'synchronous_commit')`),
    ).toBe("fsync=on full_page_writes=on listen_addresses= synchronous_commit=on");
    expect(await valueOf(opened, "select lower('ÄÖ')")).toBe("äö");
    expect(statSync(files).mode & 0o777).toBe(0o700);
    expect(isAlive()).toBe(true);
    await opened.close();
    expect(isAlive()).toBe(false);
    expect(existsSync(join(files, "postmaster.pid"))).toBe(false);
  });

  test("is shared: who comes second is a guest, and owns it when the first was killed", async () => {
    const first = await hold();
    await querySql(first.url, WRITE);
    const second = await open();
    expect(await valueOf(second, READ)).toBe("durable");
    await first.end("SIGKILL");
    await reports("the process that ran the embedded PostgreSQL ended; starting it here");
    expect(await answerOf(second)).toBe("durable");
    await second.close();
    expect(isAlive()).toBe(false);
  });

  test("is one, however many start it at the same time", async () => {
    const opened = await Promise.all([open(), open(), open()]);
    const began = await Promise.all(opened.map((each) => valueOf(each, "select pg_postmaster_start_time()")));
    expect(new Set(began).size).toBe(1);
  });

  test("ends by itself when its Muster is killed, and keeps what was committed", async () => {
    const muster = await hold();
    await querySql(muster.url, WRITE);
    await muster.end("SIGKILL");
    await ends();
    expect(readFileSync(serverPlace(directory).logFile, "utf8")).toContain("database system is shut down");
    expect(await valueOf(await open(), READ)).toBe("durable");
  });

  test("is started again when it crashes under a running Muster", async () => {
    const opened = await open();
    await opened.pool.query(WRITE);
    process.kill(serverPid(), "SIGKILL");
    await reports("the embedded PostgreSQL ended (SIGKILL); starting it again");
    expect(await answerOf(opened)).toBe("durable");
  });

  test("that lost its Muster and its watcher is ended by the next start", async () => {
    const muster = await hold();
    await querySql(muster.url, WRITE);
    for (const pid of watchersOf(serverPid())) process.kill(pid, "SIGKILL");
    await muster.end("SIGKILL");
    await sleep(500);
    expect(isAlive()).toBe(true);
    expect(await valueOf(await open(), READ)).toBe("durable");
  });

  test.each([
    ["of before a reboot: its number is another process's by now, of the same user", true],
    ["whose number is free", false],
  ])("starts beside a lock file that a crash left, %s", async (_, isReused) => {
    const first = await open();
    await first.pool.query(WRITE);
    await first.close();
    const { uid, gid } = statSync(files);
    const other = spawn("sleep", ["60"], { stdio: "ignore", uid, gid });
    closers.push(() => Promise.resolve(other.kill("SIGKILL")));
    if (!isReused) await new Promise((gone) => other.once("exit", gone).kill("SIGKILL"));
    for (const name of ["postmaster.pid", ".s.PGSQL.5432.lock"])
      writeFileSync(join(files, name), `${other.pid}\n${files}\n1790000000\n5432\n.\n\n`);
    expect(await valueOf(await open(), READ)).toBe("durable");
    expect(other.exitCode).toBeNull();
  });

  test("starts where the path of its socket is too long for the system", async () => {
    const deep = join(directory, "a-folder-with-a-long-name".repeat(3), "and-another".repeat(5));
    mkdirSync(deep, { recursive: true });
    expect(await valueOf(await open(deep), "select 1")).toBe("1");
  });

  test("is made again when its making was interrupted", async () => {
    const { root } = serverPlace(directory);
    for (const whole of [files, join(root, programs())]) rmSync(whole, { recursive: true });
    mkdirSync(join(root, "0123456789ab.draft", "base"), { recursive: true });
    mkdirSync(join(root, `${programs()}.new`));
    expect(await valueOf(await open(), "select 1")).toBe("1");
    expect(readdirSync(root).filter((name) => /draft|new/.test(name))).toEqual([]);
  });

  test.runIf(process.getuid?.() === 0)("runs below a folder that only root may enter, and never as root", async () => {
    const closed = join(directory, "closed");
    mkdirSync(closed, { mode: 0o700 });
    const user = (opened: DatabaseConnection): Promise<string> =>
      valueOf(opened, "select pg_read_file('/proc/self/uid_map')");
    // Outside it is root without a capability, inside an ordinary user.
    expect((await user(await open(closed))).trim()).toMatch(/^65534 +0 +1$/);
    expect(statSync(clusterFiles(serverPlace(closed), 18)).uid).toBe(0);
    await open();
    expect(statSync(files).uid).not.toBe(0);
    expect(statSync(`/proc/${serverPid()}`).uid).toBe(statSync(files).uid);
  });
});

/** The processes that read the end of a server's Muster: shells of its session. */
function watchersOf(server: number): readonly number[] {
  return readdirSync("/proc")
    .map(Number)
    .filter((pid) => pid > 0 && pid !== server && isWatcher(pid, server));
}

function isWatcher(pid: number, server: number): boolean {
  try {
    const session = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]!.split(" ")[3];
    return readFileSync(`/proc/${pid}/comm`, "utf8").trim() === "sh" && Number(session) === server;
  } catch {
    return false;
  }
}
