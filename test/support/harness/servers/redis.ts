import { connect } from "node:net";
import { type ChildProgram, findProgram, startChild } from "./child-process.ts";
import { removeDirectory, temporaryDirectory } from "./temporary-directory.ts";
import { freePort } from "#test/support/harness/wait-until.ts";

/** A Redis server of our own that keeps nothing on disk. */
export type RedisServer = {
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** Ends it and removes its directory. */
  stop(): Promise<void>;
  /** One inline command; answers the first line. */
  ask(command: string): Promise<string>;
  /** Forgets everything in it. */
  flush(): Promise<void>;
  /** Ends it at once; everything in it is lost. */
  kill(): Promise<void>;
  /** Starts it again, empty, on the same port. */
  start(): Promise<void>;
};

/** One inline command, and the first line of the answer. */
function say(port: number, command: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1", () => socket.write(`${command}\r\n`));
    socket.once("error", reject);
    socket.once("close", () => reject(new Error("Redis closed the connection")));
    socket.once("data", (chunk) => {
      resolve(chunk.toString().split("\r\n")[0] ?? "");
      socket.destroy();
    });
  });
}

/** Starts Redis without snapshots and without an append-only file. */
export async function startRedis(): Promise<RedisServer> {
  const program = findProgram("redis-server");
  if (program === null) throw new Error("Redis is not installed (apt-get install redis-server)");
  const directory = temporaryDirectory("redis");
  const port = await freePort();
  const args = [
    "--port",
    String(port),
    "--bind",
    "127.0.0.1",
    "--databases",
    "4096",
    "--save",
    "",
    "--appendonly",
    "no",
    "--dir",
    directory,
  ];
  const boot = (): Promise<ChildProgram> =>
    startChild(program, args, { ready: async () => (await say(port, "PING")) === "+PONG", cwd: directory });

  let child = await boot();
  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    get pid() {
      return child.pid;
    },
    ask: (command) => say(port, command),
    flush: async () => {
      const answer = await say(port, "FLUSHALL");
      if (answer !== "+OK") throw new Error(`FLUSHALL: ${answer}`);
    },
    kill: () => child.end("SIGKILL"),
    start: async () => void (child = await boot()),
    stop: async () => {
      await child.end("SIGTERM");
      removeDirectory(directory);
    },
  };
}
