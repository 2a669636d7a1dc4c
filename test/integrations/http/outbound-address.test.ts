import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { classifyAddress, type AddressReach } from "#integrations/http/outbound-address.ts";

/** The first and last address of an IPv4 block, and one in it. */
const insideIpv4 = (block: string): readonly string[] => {
  const [base = "", bits = ""] = block.split("/");
  const first = base.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
  const size = 2 ** (32 - Number(bits));
  return [first, first + Math.floor(size / 2), first + size - 1].map(ipv4);
};
const ipv4 = (n: number): string => [24, 16, 8, 0].map((shift) => Math.floor(n / 2 ** shift) % 256).join(".");
const groups = (address: string): string => {
  const [a = 0, b = 0, c = 0, d = 0] = address.split(".").map(Number);
  return `${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;
};
const inverted = (address: string): string =>
  address
    .split(".")
    .map((part) => 255 - Number(part))
    .join(".");

describe("an IPv4 block of IANA's special-purpose registry reaches as far as listed there:", () => {
  test.each<[string, AddressReach]>([
    ["0.0.0.0/8", "never"],
    ["10.0.0.0/8", "private"],
    ["100.64.0.0/11", "private"],
    ["127.0.0.0/8", "private"],
    ["169.254.0.0/16", "never"],
    ["172.16.0.0/12", "private"],
    ["192.0.0.0/29", "private"],
    ["192.0.2.0/24", "private"],
    ["192.31.196.0/24", "public"],
    ["192.52.193.0/24", "public"],
    ["192.88.99.0/24", "private"],
    ["192.168.0.0/16", "private"],
    ["192.175.48.0/24", "public"],
    ["198.18.0.0/15", "private"],
    ["198.51.100.0/24", "private"],
    ["203.0.113.0/24", "private"],
    ["224.0.0.0/4", "never"],
    ["240.0.0.0/5", "private"],
    ["255.255.255.255/32", "never"],
    ["1.1.1.0/24", "public"],
    ["93.184.215.0/24", "public"],
  ])("%s is %s", (block, reach) => expect(insideIpv4(block).map(classifyAddress)).toEqual([reach, reach, reach]));

  test.each([
    ["9.255.255.255"],
    ["11.0.0.0"],
    ["100.63.255.255"],
    ["100.128.0.0"],
    ["128.0.0.0"],
    ["169.253.255.255"],
    ["169.255.0.0"],
    ["172.15.255.255"],
    ["172.32.0.0"],
    ["192.167.255.255"],
    ["192.169.0.0"],
    ["198.17.255.255"],
    ["198.20.0.0"],
    ["223.255.255.255"],
  ])("%s, next to one, is public", (address) => expect(classifyAddress(address)).toBe("public"));
});

describe("an IPv6 address reaches as far as IANA's registry lists:", () => {
  test.each<[string, AddressReach]>([
    ["::", "never"],
    ["::1", "private"],
    ["100::1", "private"],
    ["1fff:ffff::1", "private"],
    ["2001::1", "never"], // Teredo by the server 0.0.0.0
    ["2001:1::9", "private"],
    ["2001:2::1", "private"],
    ["2001:20::1", "private"],
    ["2001:1ff:ffff::1", "private"],
    ["2001:200::1", "public"],
    ["2001:db8::1", "private"],
    ["2001:4860:4860::8888", "public"],
    ["2606:4700::1111", "public"],
    ["2620:4f:8000::1", "public"],
    ["3ffe:ffff::1", "public"],
    ["3fff::1", "private"],
    ["3fff:fff:ffff::1", "private"],
    ["3fff:1000::1", "public"],
    ["4000::1", "private"],
    ["5f00::1", "private"],
    ["fc00::1", "private"],
    ["fdff:ffff::1", "private"],
    ["fe80::1", "never"],
    ["fe80::1%eth0", "never"],
    ["febf::1", "never"],
    ["fec0::1", "private"],
    ["ff02::1", "never"],
  ])("%s is %s", (address, reach) => expect(classifyAddress(address)).toBe(reach));
});

describe("where a cloud hands out credentials, no list leads:", () => {
  test.each([
    ["AWS, GCP, Azure, Oracle, IBM, DigitalOcean, Hetzner, OpenStack", "169.254.169.254"],
    ["tasks of ECS", "169.254.170.2"],
    ["pod identity of EKS", "169.254.170.23"],
    ["pod identity of EKS by IPv6", "fd00:ec2::23"],
    ["AWS by IPv6", "fd00:ec2::254"],
    ["AWS by IPv6, written out", "fd00:0ec2:0000:0000:0000:0000:0000:0254"],
    ["GCP by IPv6", "fd20:ce::254"],
    ["Oracle by IPv6", "fd00:c1::a9fe:a9fe"],
    ["Oracle, first generation", "192.0.0.192"],
    ["Azure's wire server", "168.63.129.16"],
    ["Alibaba", "100.100.100.200"],
    ["Tencent", "169.254.0.23"],
    ["Scaleway", "169.254.42.42"],
    ["Scaleway by IPv6", "fd00:42::42"],
    ["OpenStack by IPv6", "fe80::a9fe:a9fe"],
  ])("%s", (_, address) => expect(classifyAddress(address)).toBe("never"));
});

/** What carries an IPv4 address inside an IPv6 one and is seen through: it reaches as far as what it carries. */
const TRANSPARENT: Readonly<Record<string, (address: string) => string>> = {
  mapped: (address) => `::ffff:${address}`,
  "mapped, in hexadecimal": (address) => `::ffff:${groups(address)}`,
  "mapped, written out": (address) => `0:0:0:0:0:ffff:${groups(address)}`,
  translated: (address) => `::ffff:0:${groups(address)}`,
  NAT64: (address) => `64:ff9b::${address}`,
};
/** The rest are tunnels and translators of one's own network: never public. */
const TUNNELS: Readonly<Record<string, (address: string) => string>> = {
  "6to4": (address) => `2002:${groups(address)}::1`,
  "a client of Teredo": (address) => `2001:0:4136:e378:8000:63bf:${groups(inverted(address))}`,
  "a server of Teredo": (address) => `2001:0:${groups(address)}:8000:63bf:3fff:fdd2`,
  ISATAP: (address) => `2001:4860::5efe:${groups(address)}`,
  "ISATAP, globally unique": (address) => `2001:4860:0:0:200:5efe:${groups(address)}`,
  "ISATAP on the link": (address) => `fd12:3456::5efe:${groups(address)}`,
  "NAT64 of the network, /96": (address) => `64:ff9b:1:2:3:4:${groups(address)}`,
  "NAT64 of the network, /48": (address) => {
    const [a = 0, b = 0, c = 0, d = 0] = address.split(".").map(Number);
    return `64:ff9b:1:${(a * 256 + b).toString(16)}:${c.toString(16)}:${(d * 256).toString(16)}::`;
  },
};
const anyIpv4 = fc.oneof(
  fc.integer({ min: 0, max: 2 ** 32 - 1 }).map(ipv4),
  fc.constantFrom("169.254.169.254", "168.63.129.16", "100.100.100.200", "127.0.0.1", "10.1.2.3", "8.8.8.8"),
);

describe("IPv4 inside of IPv6 is unwrapped:", () => {
  test.each(Object.entries(TRANSPARENT))("%s reaches as far as what it carries", (_, wrap) => {
    fc.assert(
      fc.property(anyIpv4, (address) => {
        expect(classifyAddress(wrap(address))).toBe(classifyAddress(address));
      }),
    );
  });

  test.each(Object.entries(TUNNELS))("%s is never public, and leads to no metadata", (_, wrap) => {
    fc.assert(
      fc.property(anyIpv4, (address) => {
        const reach = classifyAddress(wrap(address));
        expect(reach).not.toBe("public");
        // Where the length of a prefix is not known, zeros are the rest of one.
        if (classifyAddress(address) === "never" && !address.startsWith("0.")) expect(reach).toBe("never");
      }),
    );
  });

  test("an IPv4-compatible address as well, but :: and ::1", () => {
    expect(["::8.8.8.8", "::169.254.169.254", "::10.0.0.1", "::", "::1"].map(classifyAddress)).toEqual([
      "public",
      "never",
      "private",
      "never",
      "private",
    ]);
  });
});

test("every way to write an address is the same address", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(0xffff), { minLength: 8, maxLength: 8 }), fc.boolean(), (parts, upper) => {
      const full = parts.map((part) => part.toString(16).padStart(4, "0")).join(":");
      const short = new URL(`http://[${full}]`).hostname;
      expect(classifyAddress(short)).toBe(classifyAddress(upper ? full.toUpperCase() : full));
    }),
  );
});

test.each([["api.example.com"], ["127.1"], [""], ["1.2.3"], ["::g"], ["0x7f000001"]])(
  "%j, which is no address, reaches nowhere",
  (text) => expect(classifyAddress(text)).toBe("never"),
);
