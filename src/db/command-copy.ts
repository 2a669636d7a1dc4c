import type pg from "pg";
import { from as copyFrom } from "pg-copy-streams";

/** A value of a column in PostgreSQL's binary format. */
type Field =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "int2" | "int4"; readonly value: number }
  | { readonly kind: "instant"; readonly ms: number };

/** A row of `commands` without a key, in the order of `COPY`; null where the column is null. */
export type CopiedRow = readonly [
  type: string,
  urgency: number,
  weight: number,
  actor: string,
  at: number,
  recordedAt: number,
  replyTo: string | null,
  evidence: string | null,
  body: string,
];

const COPY =
  "copy commands (type, urgency, weight, actor, at, recorded_at, reply_to, evidence, body) from stdin (format binary)";

/**
 * Stores rows in the order given, all or none: COPY in binary, which PostgreSQL neither parses nor plans. It has no
 * `on conflict`, so it is for rows without a key.
 * @param patienceMs how long the server may take, in ms
 * @throws what the server refuses, and "Query read timeout" when it is too slow
 */
export async function copyCommands(pool: pg.Pool, rows: readonly CopiedRow[], patienceMs: number): Promise<void> {
  const client = await pool.connect();
  try {
    await new Promise<void>((resolve, reject) => {
      // Types of pg: `query_timeout` of one query is known to the client (client.js) and not to its types.
      const stream = client.query(Object.assign(copyFrom(COPY), { query_timeout: patienceMs }));
      // It may fail twice: when it is too slow, and when its line is cut.
      stream.once("finish", resolve).on("error", reject);
      stream.end(encodeRows(rows));
    });
    client.release();
  } catch (error) {
    // The line may be in the middle of something.
    client.release(true);
    throw error;
  }
}

/** The binary format of COPY: PostgreSQL's manual, "COPY", "Binary Format". */
const SIGNATURE = Buffer.from("PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0", "latin1");
/** Microseconds in PostgreSQL's binary timestamps count from here, in ms. */
const EPOCH_2000_MS = Date.UTC(2000, 0, 1);
const TWO_TO_32 = 2 ** 32;

function encodeRows(rows: readonly CopiedRow[]): Buffer {
  const fields = rows.map(fieldsOf);
  const size = fields.reduce((sum, row) => sum + row.reduce((all, field) => all + 4 + sizeOf(field), 2), 0);
  const buffer = Buffer.allocUnsafe(SIGNATURE.length + size + 2);
  let at = SIGNATURE.copy(buffer);
  for (const row of fields) {
    at = buffer.writeInt16BE(row.length, at);
    for (const field of row) at = writeField(buffer, field, at);
  }
  buffer.writeInt16BE(-1, at);
  return buffer;
}

function fieldsOf([
  type,
  urgency,
  weight,
  actor,
  at,
  recordedAt,
  replyTo,
  evidence,
  body,
]: CopiedRow): (Field | null)[] {
  return [
    textField(type),
    { kind: "int2", value: urgency },
    { kind: "int4", value: weight },
    textField(actor),
    { kind: "instant", ms: at },
    { kind: "instant", ms: recordedAt },
    replyTo === null ? null : textField(replyTo),
    evidence === null ? null : textField(evidence),
    textField(body),
  ];
}

function textField(text: string): Field {
  return { kind: "text", text };
}

function sizeOf(field: Field | null): number {
  switch (field?.kind) {
    case undefined:
      return 0;
    case "text":
      return Buffer.byteLength(field.text);
    case "int2":
      return 2;
    case "int4":
      return 4;
    case "instant":
      return 8;
  }
}

function writeField(buffer: Buffer, field: Field | null, at: number): number {
  if (field === null) return buffer.writeInt32BE(-1, at);
  switch (field.kind) {
    case "text": {
      const written = buffer.write(field.text, at + 4);
      buffer.writeInt32BE(written, at);
      return at + 4 + written;
    }
    case "int2":
      return buffer.writeInt16BE(field.value, buffer.writeInt32BE(2, at));
    case "int4":
      return buffer.writeInt32BE(field.value, buffer.writeInt32BE(4, at));
    case "instant": {
      const us = (field.ms - EPOCH_2000_MS) * 1_000;
      const high = Math.floor(us / TWO_TO_32);
      return buffer.writeUInt32BE(us - high * TWO_TO_32, buffer.writeInt32BE(high, buffer.writeInt32BE(8, at)));
    }
  }
}
