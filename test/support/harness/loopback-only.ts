import { afterEach, expect } from "vitest";

/**
 * No test connects to anything but this machine. The one place below all clients (fetch, http, pg, ioredis) is asked: a
 * connection to another address is not made, and its test fails.
 */
type Connect = (request: object, address: string, ...rest: readonly unknown[]) => number;
type TcpHandle = { readonly TCP: { readonly prototype: { connect: Connect; connect6: Connect } } };

const { TCP } = (process as unknown as { binding: (name: string) => TcpHandle }).binding("tcp_wrap");
const GUARDED = Symbol.for("muster.loopback-only");
/** libuv's code for EPERM. */
const REFUSED = -1;

/** The addresses that tests of this process tried, and must not. Files that share the process share it. */
const shared = globalThis as unknown as Record<symbol, string[] | undefined>;
const tried = (shared[GUARDED] ??= guard([]));

function guard(refused: string[]): string[] {
  for (const name of ["connect", "connect6"] as const) {
    const connect = TCP.prototype[name];
    TCP.prototype[name] = function (this: unknown, request, address, ...rest) {
      if (isLoopback(address)) return connect.call(this, request, address, ...rest);
      refused.push(address);
      return REFUSED;
    };
  }
  return refused;
}

function isLoopback(address: string): boolean {
  return /^(?:127\.|::1$|::ffff:127\.)/.test(address);
}

afterEach(() => {
  expect(tried.splice(0), "no test connects to anything but loopback").toEqual([]);
});
