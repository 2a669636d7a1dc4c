import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { MINUTE_MS } from "#domain/values/duration.ts";
import { lifePipe, readPassword, type ServerPlace } from "./server-files.ts";
import {
  endForsakenServer,
  isServerAlive,
  lastWords,
  startServerProcess,
  whyNoAnswer,
  type ServerProcess,
} from "./server-process.ts";
import { serverArguments, serverUrl, type ServerAddress } from "./server-settings.ts";
import type { ServerUser } from "./server-user.ts";
import { socketFolder } from "./socket-folder.ts";

/** What is started: programs, on files, as someone. */
export type ServerChoice = {
  readonly place: ServerPlace;
  readonly programs: string;
  readonly files: string;
  readonly user: ServerUser;
  /** What is written may be lost when the machine goes down. */
  readonly forgetful: boolean;
  /** The files were made just now, and hold nothing. */
  readonly isNew: boolean;
};

const isWindows = process.platform === "win32";
/** How long a server whose Muster is gone may take to end before it is asked to, and before the start is given up, in ms. */
const FORMER_ENDS_MS = { asked: 5_000, gone: 20_000 };
const POLL_MS = 20;
/** How often a server that is not recovering is asked before it counts as one that cannot be reached. */
const MOST_POLLS = MINUTE_MS / POLL_MS;
/** The messages of a server that replays its log after a crash. */
const RECOVERING = /starting up|not yet accepting connections|recovery/;

/**
 * Starts a server and waits until it answers; recovery after a crash takes what it takes.
 * @throws Error with the server's last messages when it ends instead, or when another has its files open
 */
export async function startServer(choice: ServerChoice, url: string, address: ServerAddress): Promise<ServerProcess> {
  const { place, files } = choice;
  await formerServerEnds(choice);
  const server = startServerProcess({
    ...choice,
    args: serverArguments(files, address, choice.forgetful),
    logFile: place.logFile,
    lifeFile: lifePipe(files),
  });
  let ended: string | null = null;
  void server.ended.then((how) => (ended = how));
  for (let polls = 0; ; polls++) {
    const why = await whyNoAnswer(url);
    // A moment for the report of its end: a server that did not start does not answer either.
    if (why === null && ended === null) return server;
    if (ended !== null)
      throw new Error(`PostgreSQL ended at its start (${String(ended)}): ${lastWords(place.logFile) || (why ?? "")}`);
    if (why !== null && RECOVERING.test(why)) polls = 0;
    if (polls > MOST_POLLS) {
      await server.stop();
      throw new Error(`PostgreSQL started and does not answer: ${why}`);
    }
    await sleep(POLL_MS);
  }
}

/** Waits until no process of an earlier server has the files open. */
async function formerServerEnds({ files }: ServerChoice): Promise<void> {
  for (let waited = 0; isServerAlive(lifePipe(files)); waited += POLL_MS) {
    if (waited === FORMER_ENDS_MS.asked) endForsakenServer(files);
    if (waited > FORMER_ENDS_MS.gone)
      throw new Error(`another PostgreSQL server, whose Muster has ended, has the files in ${files} open`);
    await sleep(POLL_MS);
  }
}

/** Where a server on these files listens, for its clients, and what forgets it. */
export type ServerLine = { readonly address: ServerAddress; readonly url: string; readonly remove: () => void };

/** The line of a server that is to be started. */
export async function newServerLine(place: ServerPlace, files: string): Promise<ServerLine> {
  if (!isWindows) return lineTo(place, files, { kind: "socket" });
  const port = await freeLoopbackPort();
  writeFileSync(place.portFile, String(port));
  return lineTo(place, files, { kind: "loopback", port });
}

/** The line of a server that another process started. */
export function knownServerLine(place: ServerPlace, files: string): ServerLine {
  if (!isWindows) return lineTo(place, files, { kind: "socket" });
  const port = existsSync(place.portFile) ? Number(readFileSync(place.portFile, "utf8")) : 0;
  return lineTo(place, files, { kind: "loopback", port });
}

function lineTo(place: ServerPlace, files: string, address: ServerAddress): ServerLine {
  const { folder, remove } = address.kind === "socket" ? socketFolder(files) : { folder: files, remove: () => {} };
  return { address, url: serverUrl(address, folder, readPassword(place)), remove };
}

async function freeLoopbackPort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => probe.once("listening", resolve));
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return port;
}
