import { isIP, Socket, type LookupFunction } from "node:net";
import type { OutboundDial, OutboundNetwork } from "#integrations/http/guarded-connection.ts";

/** A name server and a dialer that keep what they were asked. Every connection ends at the port on loopback, or fails. */
export type NetworkDouble = Required<OutboundNetwork> & {
  /** The names that were looked up. */
  readonly asked: string[];
  /** The addresses that a socket of this machine would have connected to. */
  readonly dialed: string[];
};

/**
 * `answers`: what the name server answers, one after the other, and then the last for ever. The dialer does as a socket
 * does: an address is dialed as it is, a name is looked up by the look-up of the options. No packet leaves loopback.
 */
export function networkDouble(port: number, ...answers: readonly (readonly string[])[]): NetworkDouble {
  const asked: string[] = [];
  const dialed: string[] = [];
  const lookup = ((name, options, callback) => {
    const addresses = (answers[asked.length] ?? answers.at(-1) ?? []).map((address) => ({
      address,
      family: address.includes(":") ? 6 : 4,
    }));
    asked.push(name);
    const [first] = addresses;
    if (first === undefined) callback(Object.assign(new Error("no such name"), { code: "ENOTFOUND" }), "", 0);
    else if (options.all === true) callback(null, addresses);
    else callback(null, first.address, first.family);
  }) as LookupFunction;
  const dial: OutboundDial = ({ host = "", lookup: ask }) => {
    const socket = new Socket();
    const reach = (address: string): void => {
      dialed.push(address);
      socket.connect(port, "127.0.0.1");
    };
    if (isIP(host) !== 0) reach(host);
    else
      ask!(host, { all: true }, (error, found) => {
        if (error !== null) socket.destroy(error);
        else reach(typeof found === "string" ? found : found[0]!.address);
      });
    return socket;
  };
  return { lookup, dial, asked, dialed };
}
