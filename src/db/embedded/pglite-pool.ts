import { EventEmitter } from "node:events";
import { PGlite, type Results } from "@electric-sql/pglite";
import type pg from "pg";

/**
 * PGlite, which is PostgreSQL inside this process, behind the shape of a `pg.Pool`, so that drizzle and BullMQ use it as
 * they use a server. One connection serves everyone: a transaction holds it from BEGIN to COMMIT and others wait their turn.
 * @param files where its files live; null keeps everything in memory
 * @param onEnd called once it is closed
 */
export async function openPglite(files: string | null, onEnd: () => void): Promise<pg.Pool> {
  const db = await PGlite.create(files === null ? {} : { dataDir: files });
  // BullMQ's tables live in their own schema and are named without it.
  await db.exec("CREATE SCHEMA IF NOT EXISTS bullmq; SET search_path TO public, bullmq");
  const pool = new EmbeddedPool(db, onEnd);
  // It has the methods of a pool that drizzle and BullMQ call, and no others.
  return pool as unknown as pg.Pool;
}

type QueryConfig = { text: string; values?: unknown[]; rowMode?: "array" };
type Answer = { rows: unknown[]; rowCount: number; fields: unknown[]; command: string; blob?: Blob };

/** Hands the one connection to one transaction at a time. */
class Turn {
  #tail: Promise<void> = Promise.resolve();
  /** Resolves with the function that passes the turn on. */
  async take(): Promise<() => void> {
    const before = this.#tail;
    let pass = (): void => {};
    this.#tail = new Promise((resolve) => (pass = resolve));
    await before;
    return pass;
  }
}

class EmbeddedPool extends EventEmitter {
  readonly options = { keepAlive: true, max: 1_000 };
  readonly totalCount = 1;
  readonly idleCount = 1;
  readonly waitingCount = 0;
  readonly #db: PGlite;
  readonly #turn = new Turn();
  readonly #release: () => void;
  #ended = false;

  constructor(db: PGlite, release: () => void) {
    super();
    this.setMaxListeners(0);
    this.#db = db;
    this.#release = release;
  }

  connect(): Promise<EmbeddedClient> {
    return this.#ended
      ? Promise.reject(new Error("the embedded database is closed"))
      : Promise.resolve(new EmbeddedClient(this.#db, this.#turn));
  }

  query(config: string | QueryConfig, values?: unknown[]): Promise<Answer> {
    return new EmbeddedClient(this.#db, this.#turn).query(config, values);
  }

  async end(): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    const pass = await this.#turn.take();
    await this.#db.close();
    this.#release();
    pass();
  }
}

class EmbeddedClient extends EventEmitter {
  readonly #db: PGlite;
  readonly #turn: Turn;
  /** Set while this client is inside a transaction. */
  #pass: (() => void) | null = null;
  #unlisten: (() => void) | null = null;

  constructor(db: PGlite, turn: Turn) {
    super();
    this.#db = db;
    this.#turn = turn;
    this.on("newListener", (name) => {
      if (name === "notification")
        this.#unlisten ??= db.onNotification((channel, payload) => this.emit("notification", { channel, payload }));
    });
  }

  async query(config: string | QueryConfig, more?: unknown[]): Promise<Answer> {
    const { text, values, rowMode } =
      typeof config === "string"
        ? { text: config, values: more, rowMode: undefined }
        : { ...config, values: config.values ?? more };
    const word = /^\s*(\w+)/.exec(text)?.[1]?.toLowerCase() ?? "";
    const began = word === "begin" || word === "start";
    if (this.#pass !== null) {
      try {
        return await this.#run(text, values, rowMode);
      } finally {
        if (word === "commit" || (word === "rollback" && !/\bto\b/i.test(text))) this.#give();
      }
    }
    const pass = await this.#turn.take();
    try {
      const answer = await this.#run(text, values, rowMode);
      if (began) this.#pass = pass;
      return answer;
    } finally {
      if (this.#pass === null) pass();
    }
  }

  async #run(text: string, values: unknown[] | undefined, rowMode: "array" | undefined): Promise<Answer> {
    const parameters = (values ?? []).map(toText);
    const hasParameters = parameters.length > 0 || rowMode === "array";
    const results: Results[] = hasParameters
      ? [
          (await this.#db.query(text, parameters, {
            ...(rowMode ? { rowMode } : {}),
            parsers: PARSERS,
            serializers: SERIALIZERS,
          })) as Results,
        ]
      : await this.#db.exec(text, { parsers: PARSERS });
    const last = results.at(-1);
    return {
      rows: last?.rows ?? [],
      rowCount: last?.affectedRows || (last?.rows.length ?? 0),
      fields: last?.fields ?? [],
      command: "",
      ...(last?.blob === undefined ? {} : { blob: last.blob }),
    };
  }

  #give(): void {
    const pass = this.#pass;
    this.#pass = null;
    pass?.();
  }

  release(): void {
    this.#unlisten?.();
    this.#unlisten = null;
    if (this.#pass === null) return;
    // A transaction left open by its owner must not hold everyone else up.
    void this.#run("ROLLBACK", [], undefined).finally(() => this.#give());
  }

  end(): Promise<void> {
    this.release();
    return Promise.resolve();
  }
}

// pg hands parameters over as text and leaves their types to the server; PGlite would serialise by type.
const asIs = (value: unknown): string => value as string;
const SERIALIZERS = Object.fromEntries(
  [16, 17, 20, 21, 23, 25, 114, 700, 701, 1043, 1082, 1114, 1184, 1700, 3802, 1000, 1005, 1007, 1009, 1016].map(
    (oid) => [oid, asIs],
  ),
);
/** bigint, json and timestamps as pg gives them. */
const PARSERS = { 20: (text: string) => text };

function toText(value: unknown): unknown {
  if (value === null || value === undefined) return null;
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value))
    return `{${value.map((item) => (item === null || item === undefined ? "NULL" : `"${String(toText(item)).replace(/(["\\])/g, "\\$1")}"`)).join(",")}}`;
  if (Buffer.isBuffer(value)) return `\\x${value.toString("hex")}`;
  return typeof value === "object" ? JSON.stringify(value) : `${value as string | number | bigint | boolean}`;
}
