import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { DataDirectoryBusyError, lockDirectory } from "#db/place/directory-lock.ts";
import {
  clusterFiles,
  clusterVersions,
  draftCluster,
  keepCluster,
  makeServerPlace,
  removeCluster,
  serverPlace,
  type ServerPlace,
} from "./server-files.ts";
import { knownServerLine, newServerLine, startServer, type ServerChoice, type ServerLine } from "./running-server.ts";
import {
  findServerPackage,
  installedServer,
  installServer,
  removeReplacedServers,
  type ServerPackage,
} from "./server-package.ts";
import { whyNoAnswer, type ServerProcess } from "./server-process.ts";
import { serverUsers, whyUnableToRun, type ServerUser } from "./server-user.ts";

/** A PostgreSQL of our own. */
export type EmbeddedServer = {
  readonly url: string;
  /** Ends it, when this process has started it. */
  close(): Promise<void>;
};

/** What fills new files before they count: from what an earlier version left. */
export type FillFrom =
  | { readonly kind: "pglite"; readonly directory: string }
  | { readonly kind: "server"; readonly url: string };

export type EmbeddedServerOptions = {
  readonly forgetful: boolean;
  /** Finds the programs; a test may answer null, as on a platform that has none. */
  readonly findPackage?: () => ServerPackage | null;
  /** What happens to the server later: it ended, it is started again. */
  readonly onError: (error: Error) => void;
  /** Brings what was stored earlier into the empty database at `url`, all or nothing. */
  readonly fill: (from: FillFrom, url: string) => Promise<void>;
};

/** Raised where no server can run and none has run: what the folder holds, if anything, is no server's. */
export class ServerUnavailableError extends Error {}

/** How long the process that has the folder may take until its server answers, in ms. */
const OWNER_STARTS_MS = 10_000;
/** How often a guest looks whether the owner of the server is gone, in ms. */
const TAKEOVER_MS = 1_000;

/**
 * Opens the server of a folder. The process that has the folder's lock owns it: it starts the server and ends it. Others
 * are guests, and the first that gets the lock after the owner starts the server again.
 * @throws DataDirectoryBusyError when another process has the folder without a server; ServerUnavailableError
 */
export async function openEmbeddedServer(directory: string, options: EmbeddedServerOptions): Promise<EmbeddedServer> {
  const folder = resolve(directory);
  for (let waited = 0; ; waited += 100) {
    try {
      return await OwnedServer.open(folder, lockDirectory(folder), options);
    } catch (error) {
      if (!(error instanceof DataDirectoryBusyError)) throw error;
      const guest = await Guest.open(folder, options);
      if (guest !== null) return guest;
      if (waited >= OWNER_STARTS_MS) throw error;
    }
    await sleep(100);
  }
}

class OwnedServer implements EmbeddedServer {
  readonly #choice: ServerChoice;
  readonly #line: ServerLine;
  readonly #release: () => void;
  readonly #options: EmbeddedServerOptions;
  #process: ServerProcess;
  #closed = false;

  private constructor(
    choice: ServerChoice,
    line: ServerLine,
    started: ServerProcess,
    release: () => void,
    options: EmbeddedServerOptions,
  ) {
    this.#choice = choice;
    this.#line = line;
    this.#process = started;
    this.#release = release;
    this.#options = options;
    this.#supervise();
  }

  /** Gives the lock back when it fails. */
  static async open(folder: string, release: () => void, options: EmbeddedServerOptions): Promise<OwnedServer> {
    try {
      const choice = await chooseServer(folder, options);
      const line = await newServerLine(choice.place, choice.files);
      const started = await startServer(choice, line.url, line.address).catch((error: unknown) => {
        line.remove();
        throw choice.isNew ? unavailable(error, choice.files) : error;
      });
      return new OwnedServer(choice, line, started, release, options);
    } catch (error) {
      release();
      throw error;
    }
  }

  get url(): string {
    return this.#line.url;
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#process.stop();
    this.#line.remove();
    this.#release();
  }

  /** A server that ended although it was not asked to is started again, at the same place. */
  #supervise(): void {
    void this.#process.ended.then(async (how) => {
      for (let wait = 100; !this.#closed; wait = Math.min(wait * 2, 5_000)) {
        this.#options.onError(new Error(`the embedded PostgreSQL ended (${how}); starting it again`));
        try {
          this.#process = await startServer(this.#choice, this.#line.url, this.#line.address);
          // Closed meanwhile, it was the one before that was stopped.
          return await (this.#closed ? this.#process.stop() : this.#supervise());
        } catch (error) {
          this.#options.onError(error as Error);
          await sleep(wait);
        }
      }
    });
  }
}

/** Uses the server of another process, and takes its place when that is gone. */
class Guest implements EmbeddedServer {
  readonly url: string;
  readonly #folder: string;
  readonly #line: ServerLine;
  readonly #options: EmbeddedServerOptions;
  #timer: NodeJS.Timeout;
  #own: Promise<OwnedServer> | null = null;

  private constructor(folder: string, line: ServerLine, options: EmbeddedServerOptions) {
    this.url = line.url;
    this.#folder = folder;
    this.#line = line;
    this.#options = options;
    this.#timer = setInterval(() => this.#takeOver(), TAKEOVER_MS).unref();
  }

  /** Null while no server answers in the folder. */
  static async open(folder: string, options: EmbeddedServerOptions): Promise<Guest | null> {
    const place = serverPlace(folder);
    const major = clusterVersions(place).at(-1);
    if (major === undefined) return null;
    const line = knownServerLine(place, clusterFiles(place, major));
    if ((await whyNoAnswer(line.url)) === null) return new Guest(folder, line, options);
    line.remove();
    return null;
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    const own = await this.#own?.catch(() => null);
    await own?.close();
    this.#line.remove();
  }

  #takeOver(): void {
    let release: () => void;
    try {
      release = lockDirectory(this.#folder);
    } catch {
      return; // the owner lives
    }
    clearInterval(this.#timer);
    this.#options.onError(new Error("the process that ran the embedded PostgreSQL ended; starting it here"));
    this.#own = OwnedServer.open(this.#folder, release, this.#options);
    this.#own.catch((error: unknown) => {
      this.#own = null;
      this.#options.onError(error as Error);
      this.#timer = setInterval(() => this.#takeOver(), TAKEOVER_MS).unref();
    });
  }
}

/** Finds programs, files and user for a folder that is ours; makes what is missing. */
async function chooseServer(folder: string, options: EmbeddedServerOptions): Promise<ServerChoice> {
  const place = serverPlace(folder);
  const found = (options.findPackage ?? findServerPackage)();
  const newest = clusterVersions(place).at(-1);
  if (newest !== undefined) return existingCluster(place, found, newest, options);
  if (found === null)
    throw new ServerUnavailableError(`npm installed no PostgreSQL for ${process.platform} on ${process.arch}`);
  try {
    return await createCluster(place, found, filledFrom(folder), options);
  } catch (error) {
    throw unavailable(error, null);
  }
}

/** What is raised when no server could be made; files in which nothing was stored go again. */
function unavailable(error: unknown, files: string | null): ServerUnavailableError {
  if (files !== null) removeCluster(files);
  return new ServerUnavailableError(error instanceof Error ? error.message : String(error), { cause: error });
}

function filledFrom(folder: string): FillFrom | null {
  const pglite = join(folder, "db");
  return existsSync(join(pglite, "PG_VERSION")) ? { kind: "pglite", directory: pglite } : null;
}

/** Files that are there: their own version's programs run them, and a newer version copies what they hold. */
async function existingCluster(
  place: ServerPlace,
  found: ServerPackage | null,
  major: number,
  options: EmbeddedServerOptions,
): Promise<ServerChoice> {
  const files = clusterFiles(place, major);
  if (found?.major === major) {
    const programs = installServer(found, place.root);
    removeReplacedServers(place.root, programs);
    return { place, programs, files, user: ableUser(files, programs), forgetful: options.forgetful, isNew: false };
  }
  const programs = installedServer(place.root, major);
  if (programs === null)
    throw new Error(`MUSTER_DATA_DIR: ${files} was written by PostgreSQL ${major}, whose programs are not here`);
  const user = ableUser(files, programs);
  const choice = { place, programs, files, user, forgetful: options.forgetful, isNew: false };
  // A later Muster's files, or none of its programs for this platform any longer: those of the folder still run.
  if (found === null || found.major < major) return choice;
  const line = await newServerLine(place, files);
  const former = await startServer(choice, line.url, line.address);
  try {
    return await createCluster(place, found, { kind: "server", url: line.url }, options);
  } catch (cause) {
    options.onError(new Error(`PostgreSQL ${found.major} could not take over; going on with ${major}`, { cause }));
    return choice;
  } finally {
    await former.stop();
    line.remove();
  }
}

async function createCluster(
  place: ServerPlace,
  found: ServerPackage,
  from: FillFrom | null,
  options: EmbeddedServerOptions,
): Promise<ServerChoice> {
  makeServerPlace(place);
  const programs = installServer(found, place.root);
  const user = ableUser(clusterFiles(place, found.major), programs);
  const draft = await draftCluster({ place, programs, user, forgetful: options.forgetful });
  const choice = { place, programs, user, forgetful: options.forgetful, isNew: true };
  if (from !== null) {
    const line = await newServerLine(place, draft);
    const server = await startServer({ ...choice, files: draft }, line.url, line.address);
    try {
      await options.fill(from, line.url);
    } finally {
      await server.stop();
      line.remove();
    }
  }
  return { ...choice, files: keepCluster(place, draft, found.major), isNew: from === null };
}

/** The first who can run the server. @throws Error with what stands in the way of each */
function ableUser(files: string, programs: string): ServerUser {
  const reasons: string[] = [];
  for (const user of serverUsers(files)) {
    const why = whyUnableToRun(user, programs);
    if (why === null) return user;
    reasons.push(why);
  }
  throw new Error(`PostgreSQL cannot be run: ${reasons.join("; ")}`);
}
