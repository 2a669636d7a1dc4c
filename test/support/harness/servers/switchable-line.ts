import { connect, createServer, type AddressInfo, type Socket } from "node:net";

/**
 * A name that leads to a server, as DNS or a load balancer does in a failover: what is connected stays where it is, and
 * what connects next goes where the name leads now.
 */
export type SwitchableLine = {
  readonly port: number;
  leadTo(port: number): void;
  /** Cuts what is connected. */
  cut(): void;
  close(): Promise<void>;
};

/** A line on the loopback that leads to a port there. */
export async function startLine(to: number): Promise<SwitchableLine> {
  let target = to;
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(target, "127.0.0.1");
    for (const [from, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      from.pipe(other);
      from.on("error", () => {});
      from.on("close", () => {
        sockets.delete(from);
        other.destroy();
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const cut = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    port: (server.address() as AddressInfo).port,
    leadTo: (port) => void (target = port),
    cut,
    close: async () => {
      cut();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
