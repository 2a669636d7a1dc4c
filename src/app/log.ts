import type { EngineLog } from "#engine/base/engine.ts";
import { pino, type Logger } from "pino";
import type { AppConfig } from "#config/app-config.ts";

/** Structured lines on standard output: JSON for machines, readable on a terminal. */
export function createLog({ log }: Pick<AppConfig, "log">): Logger {
  return pino({
    level: log.level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (level) => ({ level }) },
    // Tokens travel in these; nothing else of a request is logged.
    redact: { paths: ["*.authorization", "*.token", "err.config", "err.params", "err.query"], remove: true },
    ...(log.format === "pretty"
      ? { transport: { target: "pino-pretty", options: { ignore: "pid,hostname", translateTime: "SYS:HH:MM:ss.l" } } }
      : {}),
  });
}

/** A log without what the process with the doors logs already. */
export function withoutNotes(log: EngineLog): EngineLog {
  return { debug() {}, info() {}, warn() {}, error: (fields, message) => log.error(fields, message) };
}
