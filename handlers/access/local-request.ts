import type { IncomingMessage } from "node:http";
import { BlockList, isIP } from "node:net";

/** What is looked at of a request: its headers, and the address at the other end of its connection. */
export type GuardedRequest = Pick<IncomingMessage, "headers"> & {
  readonly socket: Pick<IncomingMessage["socket"], "remoteAddress">;
};

/** Proxies that may say whom they speak for: their addresses. */
export type TrustedProxies = { readonly has: (address: string) => boolean };

/** Headers by which proxies, load balancers and content delivery networks say that they pass a request on. */
const FORWARDING = new Set([
  "forwarded",
  "via",
  "x-real-ip",
  "x-client-ip",
  "client-ip",
  "x-cluster-client-ip",
  "x-remote-ip",
  "x-remote-addr",
  "x-original-forwarded-for",
  "x-original-host",
  "x-original-url",
  "x-originating-ip",
  "x-host",
  "x-url-scheme",
  "x-proxyuser-ip",
  "x-request-start",
  "x-cloud-trace-context",
  "x-appengine-user-ip",
  "true-client-ip",
  "fastly-client-ip",
  "fly-client-ip",
  "front-end-https",
  "proxy-connection",
  "cdn-loop",
]);
/** The same by their beginnings: each proxy adds some of its own. */
const FORWARDING_FAMILIES = [
  "x-forwarded",
  "x-envoy-",
  "cf-",
  "x-azure-",
  "x-amzn-",
  "x-amz-cf-",
  "x-akamai-",
  "akamai-",
];

/** Whether a request shows that someone passed it on. */
export function isForwarded({ headers }: Pick<GuardedRequest, "headers">): boolean {
  return Object.keys(headers).some(
    (name) => FORWARDING.has(name) || FORWARDING_FAMILIES.some((family) => name.startsWith(family)),
  );
}

/**
 * Whether a program on this machine sends a request itself: a loopback peer that is no known proxy, a loopback Host, nothing
 * by which proxies are known, and no page of another site. All of it must be so: what is missing proves nothing.
 */
export function isLocalRequest(request: GuardedRequest, proxies: TrustedProxies): boolean {
  const { headers } = request;
  const peer = peerAddress(request);
  if (!isLoopback(peer) || proxies.has(peer) || isForwarded(request)) return false;
  // A browser on this machine shows strangers' pages: its headers show where they come from, or that the name was rebound.
  if (headers.origin !== undefined && !isLoopbackHost(hostOf(headers.origin))) return false;
  const site = headers["sec-fetch-site"];
  if (site === "cross-site") return false;
  return headers.host !== undefined && isLoopbackHost(headers.host);
}

/** The address of the client: of the peer, or what trusted proxies say, the last of them first. */
export function clientAddress(request: GuardedRequest, proxies: TrustedProxies): string {
  let address = peerAddress(request);
  const chain = [request.headers["x-forwarded-for"] ?? []].flat().join(",").split(",");
  while (proxies.has(address)) {
    const before = plainAddress(chain.pop()?.trim() ?? "");
    if (isIP(before) === 0) return address;
    address = before;
  }
  return address;
}

/** Addresses and networks such as 10.0.0.0/8 as a list to look in; what is neither is named by `networkProblem`. */
export function trustedProxies(networks: readonly string[]): TrustedProxies {
  const list = new BlockList();
  for (const network of networks) {
    const [address = "", bits] = network.split("/");
    const family = isIP(address) === 6 ? "ipv6" : "ipv4";
    if (bits === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(bits), family);
  }
  return {
    has: (address) => {
      const version = isIP(address);
      return version !== 0 && list.check(address, version === 6 ? "ipv6" : "ipv4");
    },
  };
}

/** The address at the other end, of IPv4 as people write it. */
function peerAddress({ socket }: GuardedRequest): string {
  return plainAddress(socket.remoteAddress ?? "");
}

function plainAddress(address: string): string {
  const bare =
    /^\[([^\]]+)\](?::\d+)?$/.exec(address)?.[1] ?? /^(\d+\.\d+\.\d+\.\d+):\d+$/.exec(address)?.[1] ?? address;
  return bare.replace(/^::ffff:(?=\d+\.)/i, "");
}

function isLoopback(address: string): boolean {
  return address === "::1" || (isIP(address) === 4 && address.startsWith("127."));
}

function hostOf(origin: string): string {
  return URL.canParse(origin) ? new URL(origin).host : "";
}

function isLoopbackHost(host: string): boolean {
  return /^(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d+)?$/i.test(host);
}
