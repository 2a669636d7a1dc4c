import { BlockList, isIP } from "node:net";

/**
 * How far an address reaches. "public": public unicast, which any host of the policy may lead to. "private": for hosts that
 * the operator lists as private. "never": for no one (credentials of clouds, no address of a host at all).
 */
export type AddressReach = "public" | "private" | "never";

type Prefix = readonly [address: string, bits: number];

/**
 * What no name and no list leads to. Link-local addresses, where AWS, GCP, Azure, Oracle, IBM, DigitalOcean, Hetzner, Tencent,
 * OpenStack, ECS tasks (169.254.170.2) and EKS pods (169.254.170.23) get credentials; the services of clouds that lie
 * elsewhere; "this host", which is loopback by another name; multicast and broadcast.
 */
const NEVER: readonly Prefix[] = [
  ["169.254.0.0", 16],
  ["fe80::", 10],
  ["fd00:ec2::", 32], // AWS: metadata ::254, EKS pod identity ::23, DNS ::253, time ::123
  ["fd20:ce::", 32], // GCP: metadata ::254
  ["fd00:c1::", 32], // Oracle: metadata ::a9fe:a9fe
  ["fd00:42::", 32], // Scaleway: metadata ::42
  ["168.63.129.16", 32], // Azure: the wire server
  ["100.100.100.200", 32], // Alibaba: metadata
  ["192.0.0.192", 32], // Oracle, first generation: metadata
  ["0.0.0.0", 8],
  ["::", 128],
  ["224.0.0.0", 4],
  ["255.255.255.255", 32],
  ["ff00::", 8],
];

/**
 * IPv4 that is not reachable everywhere, by https://www.iana.org/assignments/iana-ipv4-special-registry. The blocks that are
 * (AS112, AMT, 192.0.0.9 and .10) are public; of 192.0.0.0/24 nothing else is.
 */
const SPECIAL_IPV4: readonly Prefix[] = [
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.88.99.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["240.0.0.0", 4],
];

/**
 * IPv6 is listed the other way about: only 2000::/3 is given out as public unicast, and these parts of it are not
 * (https://www.iana.org/assignments/iana-ipv6-special-registry). 2001::/23 holds Teredo and protocols, 2002::/16 is 6to4.
 */
const GIVEN_OUT: Prefix = ["2000::", 3];
const SPECIAL_IPV6: readonly Prefix[] = [
  ["2001::", 23],
  ["2001:db8::", 32],
  ["2002::", 16],
  ["3fff::", 20],
];

const never = listOf(NEVER);
const special = listOf([...SPECIAL_IPV4, ...SPECIAL_IPV6]);
const givenOut = listOf([GIVEN_OUT]);

function listOf(prefixes: readonly Prefix[]): BlockList {
  const list = new BlockList();
  for (const [address, bits] of prefixes) list.addSubnet(address, bits, familyOf(address));
  return list;
}

function familyOf(address: string): "ipv4" | "ipv6" {
  return address.includes(":") ? "ipv6" : "ipv4";
}

/** How far an address reaches. IPv4 inside of IPv6 counts as the address that packets go to. What is no address reaches nowhere. */
export function classifyAddress(text: string): AddressReach {
  const address = text.replace(/^\[|\]$/g, "").replace(/%.*$/, "");
  switch (isIP(address)) {
    case 4:
      return classifyIpv4(address);
    case 6:
      return classifyIpv6(address);
    default:
      return "never";
  }
}

function classifyIpv4(address: string): AddressReach {
  if (never.check(address, "ipv4")) return "never";
  return special.check(address, "ipv4") ? "private" : "public";
}

function classifyIpv6(address: string): AddressReach {
  const groups = groupsOf(address);
  // Mapped addresses are judged by what they carry: BlockList would compare them with the lists of IPv4 as well.
  const carrier = TRANSPARENT.find(({ prefix }) => prefix.every((group, i) => group === groups[i]));
  if (carrier !== undefined && !isUnspecified(groups)) return classifyIpv4(dotted(groups, 6));
  if (never.check(address, "ipv6")) return "never";
  const inside = tunneledIn(groups).map(classifyIpv4);
  if (inside.includes("never")) return "never";
  return inside.length === 0 && givenOut.check(address, "ipv6") && !special.check(address, "ipv6")
    ? "public"
    : "private";
}

/**
 * Prefixes behind which the last 32 bits are the IPv4 address that is reached: IPv4-mapped, IPv4-translated,
 * IPv4-compatible, and the well-known prefix of NAT64, which name servers of IPv6-only networks answer with.
 */
const TRANSPARENT: readonly { readonly prefix: readonly number[] }[] = [
  { prefix: [0, 0, 0, 0, 0, 0xffff] },
  { prefix: [0, 0, 0, 0, 0xffff, 0] },
  { prefix: [0, 0, 0, 0, 0, 0] },
  { prefix: [0x64, 0xff9b, 0, 0, 0, 0] },
];

/** `::` and `::1` are no IPv4-compatible addresses. */
function isUnspecified(groups: readonly number[]): boolean {
  return groups.slice(0, 7).every((group) => group === 0);
}

/** The IPv4 addresses that a tunnel or a translator reads out of an address: none of such addresses is public. */
function tunneledIn(groups: readonly number[]): readonly string[] {
  const [a = 0, b = 0, c = 0] = groups;
  if (a === 0x2002) return [dotted(groups, 1)]; // 6to4
  if (a === 0x2001 && b === 0)
    // Teredo: the server, and the client with its bits turned over.
    return [
      dotted(groups, 2),
      dotted(
        groups.map((group) => group ^ 0xffff),
        6,
      ),
    ];
  if (a === 0x64 && b === 0xff9b && c === 1) return localNat64(groups);
  // ISATAP, with any prefix in front of it.
  if ((groups[4]! & 0xfdff) === 0 && groups[5] === 0x5efe) return [dotted(groups, 6)];
  return [];
}

/** RFC 8215 leaves the length of the prefix to the network: RFC 6052 lays the IPv4 address out in these ways. */
function localNat64(groups: readonly number[]): readonly string[] {
  const bytes = groups.flatMap((group) => [group >> 8, group & 0xff]);
  return [
    [6, 7, 9, 10],
    [7, 9, 10, 11],
    [9, 10, 11, 12],
    [12, 13, 14, 15],
  ]
    .map((places) => places.map((place) => bytes[place]!))
    .filter(([first]) => first !== 0) // the rest of a shorter prefix
    .map((parts) => parts.join("."));
}

/** Two groups as an IPv4 address. */
function dotted(groups: readonly number[], at: number): string {
  return [groups[at]! >> 8, groups[at]! & 0xff, groups[at + 1]! >> 8, groups[at + 1]! & 0xff].join(".");
}

/** The eight groups of a valid address. */
function groupsOf(address: string): readonly number[] {
  const hexadecimal = address.replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_, ...parts: readonly string[]) => {
    const [a = 0, b = 0, c = 0, d = 0] = parts.slice(0, 4).map(Number);
    return `${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;
  });
  const [before = [], after = []] = hexadecimal
    .split("::")
    .map((half) => (half === "" ? [] : half.split(":").map((group) => Number.parseInt(group, 16))));
  const gap = Array.from({ length: 8 - before.length - after.length }, () => 0);
  return [...before, ...gap, ...after];
}
