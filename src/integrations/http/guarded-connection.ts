import { lookup as systemLookup, type LookupAddress } from "node:dns";
import { connect, isIP, Socket, type LookupFunction, type TcpNetConnectOpts } from "node:net";
import { connect as connectSecurely } from "node:tls";
import { classifyAddress } from "./outbound-address.ts";

/** Opens a connection. `lookup` of the options answers the addresses, and each of them was judged. */
export type OutboundDial = (options: TcpNetConnectOpts, secure: boolean) => Socket;

/** What connections to the world outside are made with; a test puts its own name server and dialer here. */
export type OutboundNetwork = { readonly lookup?: LookupFunction; readonly dial?: OutboundDial };

/** Someone asked for an address that is not for them. */
export class RefusedAddress extends Error {
  /** Listing the host as private does not help. */
  readonly never: boolean;

  constructor(host: string, never: boolean) {
    super(
      never
        ? `${host} is, or leads to, an address that no host may have: link-local, a cloud's metadata, or no address of a host`
        : `${host} is a private address, or leads to one`,
    );
    this.never = never;
  }
}

/**
 * The options of a connection that reaches no address it must not. A name is judged in the look-up that the socket connects
 * by, so no second answer of the name server is believed. One bad address among several refuses the name.
 * @throws RefusedAddress when the host is an address itself, which no one looks up
 */
export function guardedOptions(
  host: string,
  mayBePrivate: boolean,
  { lookup = systemLookup }: OutboundNetwork,
): { readonly host: string; readonly lookup: LookupFunction } {
  const literal = host.replace(/^\[|\]$/g, "");
  if (isIP(literal.replace(/%.*$/, "")) !== 0) {
    const refused = judge(literal, literal, mayBePrivate);
    if (refused !== null) throw refused;
  }
  return {
    host: literal,
    lookup: (name, options, callback) =>
      lookup(name, options, (error, found, family) => {
        if (error !== null) return callback(error, found, family);
        for (const address of addressesOf(found)) {
          const refused = judge(name, address, mayBePrivate);
          if (refused !== null) return callback(refused, "", 0);
        }
        callback(null, found, family);
      }),
  };
}

function addressesOf(found: string | readonly LookupAddress[]): readonly string[] {
  return typeof found === "string" ? [found] : found.map(({ address }) => address);
}

function judge(host: string, address: string, mayBePrivate: boolean): RefusedAddress | null {
  const reach = classifyAddress(address);
  return reach === "never" || (reach === "private" && !mayBePrivate)
    ? new RefusedAddress(host, reach === "never")
    : null;
}

/** Dials with the sockets of this machine. */
export const systemDial: OutboundDial = (options, secure) =>
  secure
    ? connectSecurely({ ...options, ...(isIP(options.host ?? "") === 0 ? { servername: options.host ?? "" } : {}) })
    : connect(options);

/**
 * A socket for a client that dials itself, by `connect(port, host)` or `connect(path)`, as pg does: it reaches the addresses
 * that an operator's own setting may lead to, and no cloud's metadata.
 */
export function guardedSocket(network: OutboundNetwork = {}): Socket {
  const socket = new Socket();
  const dial = socket.connect.bind(socket) as (options: object) => Socket;
  const guardedConnect = (place: number | string, host = "localhost"): Socket => {
    if (typeof place === "string" && !/^\d+$/.test(place)) return dial({ path: place });
    try {
      return dial({ port: Number(place), ...guardedOptions(host, true, network) });
    } catch (refused) {
      return socket.destroy(refused as Error);
    }
  };
  return Object.assign(socket, { connect: guardedConnect });
}
