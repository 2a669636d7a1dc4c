import { connect, type Socket } from "node:net";
import { stopwatch } from "#test/support/harness/test-clock.ts";
import type { DeliveryTemplate } from "./world/bodies.ts";

/**
 * Times in ms. At a fixed rate they count from the moment at which a request was due, so one that waits for a free
 * connection is as late as its sender sees it (no coordinated omission).
 */
export type Load = {
  readonly perSecond: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly answered: number;
  /** Answers other than 2xx, and connections that broke. */
  readonly failed: number;
};

export type LoadOptions = {
  readonly connections: number;
  /** Posts for so long, or so many deliveries. */
  readonly seconds?: number;
  readonly deliveries?: number;
  /** Deliveries a second; without it as fast as answers come. */
  readonly rate?: number;
};

/** What is left to send: requests become due, and connections take them. */
type Plan = {
  /** When the next request was due, in ms since the beginning; null: none is due now. */
  take(): number | null;
  answered(dueAt: number, ok: boolean): void;
  broke(): void;
};

/**
 * Posts deliveries of which every alert has a fresh fingerprint. Requests are written as bytes over plain sockets, one at a
 * time on each: a client that builds JSON would need the core that the server is measured on.
 */
export async function load(url: string, template: DeliveryTemplate, options: LoadOptions): Promise<Load> {
  const { connections, seconds = Infinity, deliveries = Infinity, rate = null } = options;
  const elapsed = stopwatch();
  const times: number[] = [];
  let [taken, failed] = [0, 0];
  let lastAt = 0;
  const plan: Plan = {
    take() {
      const now = elapsed();
      if (taken >= deliveries) return null;
      const dueAt = rate === null ? now : (taken / rate) * 1_000;
      if (dueAt > now || dueAt >= seconds * 1_000) return null;
      taken++;
      return dueAt;
    },
    answered(dueAt, ok) {
      lastAt = elapsed();
      if (ok) times.push(lastAt - dueAt);
      else failed++;
    },
    broke: () => void failed++,
  };
  const lines = await Promise.all(Array.from({ length: connections }, () => openLine(new URL(url), template, plan)));
  const isOver = (): boolean => {
    const sent = taken >= deliveries || elapsed() >= seconds * 1_000;
    return (sent && lines.every((line) => line.idle())) || lines.every((line) => line.closed());
  };
  await new Promise<void>((resolve) => {
    // At a fixed rate nothing else wakes an idle connection.
    const timer = setInterval(() => {
      if (isOver()) {
        clearInterval(timer);
        resolve();
      } else for (const line of lines) line.next();
    }, 1);
  });
  for (const line of lines) line.close();
  times.sort((a, b) => a - b);
  const percentile = (share: number): number => Math.round(times[Math.ceil(times.length * share) - 1] ?? 0);
  return {
    perSecond: times.length / (lastAt / 1_000),
    p50: percentile(0.5),
    p95: percentile(0.95),
    p99: percentile(0.99),
    answered: times.length,
    failed,
  };
}

type Line = { next(): void; idle(): boolean; closed(): boolean; close(): void };

function openLine(url: URL, template: DeliveryTemplate, plan: Plan): Promise<Line> {
  const { bytes, refresh } = template.requestTo(url);
  let dueAt: number | null = null;
  let over = false;
  let text = "";
  const socket: Socket = connect({ host: url.hostname, port: Number(url.port), noDelay: true });
  const next = (): void => {
    if (over || dueAt !== null) return;
    dueAt = plan.take();
    if (dueAt === null) return;
    refresh();
    socket.write(bytes);
  };
  socket.on("data", (chunk: Buffer) => {
    text += chunk.toString("latin1");
    const status = answerOf(text);
    if (status === null || dueAt === null) return;
    text = "";
    plan.answered(dueAt, status >= 200 && status < 300);
    dueAt = null;
    next();
  });
  const end = (): void => {
    if (over) return;
    over = true;
    plan.broke();
  };
  socket.on("error", end).on("close", end);
  const close = (): void => {
    over = true;
    socket.destroy();
  };
  return new Promise((resolve) =>
    socket.once("connect", () => resolve({ next, idle: () => dueAt === null, closed: () => over, close })),
  );
}

/** The status of an answer that is complete; null while more of it is to come. */
function answerOf(text: string): number | null {
  const end = text.indexOf("\r\n\r\n");
  if (end < 0) return null;
  const head = text.slice(0, end);
  const length = /content-length: (\d+)/i.exec(head);
  const complete =
    length === null ? text.endsWith("0\r\n\r\n") || !/chunked/i.test(head) : text.length >= end + 4 + Number(length[1]);
  return complete ? Number(text.slice(9, 12)) : null;
}
