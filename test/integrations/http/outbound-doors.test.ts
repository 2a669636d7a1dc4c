import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createAlertSource } from "#integrations/alertmanager/alertmanager-source.ts";
import { createHttpRequests } from "#integrations/http/http-client.ts";
import { createDataSource } from "#integrations/postgres/postgres-datasource.ts";
import { createPrometheus } from "#integrations/prometheus/prometheus-metrics.ts";
import { NOW } from "#test/support/builders/instants.ts";
import { networkDouble, type NetworkDouble } from "#test/support/doubles/outbound-network.ts";

/** Whatever is reached ends here: no connection leaves loopback. */
let answer: (response: ServerResponse) => void;
let requests = 0;
const server = createServer((_, response) => {
  requests++;
  answer(response);
});
let port = 0;
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  port = (server.address() as AddressInfo).port;
});
beforeEach(() => {
  requests = 0;
  answer = (response) => response.writeHead(404).end("no");
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

type Door = {
  readonly mayBePrivate: boolean;
  readonly ask: (host: string, network: NetworkDouble) => Promise<unknown>;
};
/** Every way out that an author's words or an operator's setting can lead. What came of it does not matter here. */
const DOORS: Readonly<Record<string, Door>> = {
  "http.request to a public host": {
    mayBePrivate: false,
    ask: (host, network) =>
      createHttpRequests({ hosts: [{ host }], ...network }).send({ method: "GET", url: `http://${host}/`, key: "k" }),
  },
  "http.request to a host that is listed as private": {
    mayBePrivate: true,
    ask: (host, network) =>
      createHttpRequests({ hosts: [{ host, private: true }], ...network }).send({
        method: "POST",
        url: `http://${host}/`,
        key: "k",
        body: "x",
      }),
  },
  "prometheus.query": {
    mayBePrivate: true,
    ask: (host, network) => createPrometheus({ url: `http://${host}` }, network).query("up", NOW),
  },
  "the list of an Alertmanager": {
    mayBePrivate: true,
    ask: (host, network) => createAlertSource(`http://${host}`, [], network).active(),
  },
};
const outcome = async (asking: Promise<unknown>): Promise<unknown> => asking.catch((error: unknown) => error);

const METADATA = [
  "169.254.169.254",
  "169.254.170.23",
  "168.63.129.16",
  "100.100.100.200",
  "fd00:ec2::254",
  "fd00:ec2::23",
  "fd20:ce::254",
  "fe80::a9fe:a9fe",
  "::ffff:169.254.169.254",
  "64:ff9b::a9fe:a9fe",
  "64:ff9b:1::a9fe:a9fe",
  "2002:a9fe:a9fe::1",
  "0.0.0.0",
  // The rest of what clouds have, and the same addresses inside of others.
  "192.0.0.192",
  "fd00:c1::a9fe:a9fe",
  "fd00:42::42",
  "::ffff:a83f:8110",
  "::a9fe:a9fe",
  "::ffff:0:a9fe:a9fe",
  "64:ff9b::a83f:8110",
  "64:ff9b:1:a9fe:a9:fe00::",
  "2002:a83f:8110::1",
  "2001:4860::5efe:a9fe:a9fe",
  "2001:0:4136:e378:8000:63bf:5601:5601",
];
/** Other ways to write 169.254.169.254 in an address: a URL reads them all, and so does a name server's library. */
const SPELLINGS = [
  ...["2852039166", "0xa9fea9fe", "0xa9.0xfe.0xa9.0xfe", "0251.0376.0251.0376", "169.254.43518", "169.16689662"],
  ...["169.254.169.254.", "１６９.254.169.254", "169。254。169。254", "%31%36%39.254.169.254"],
];
const INTERNAL = ["127.0.0.1", "10.0.0.1", "192.168.1.1", "::1", "fd12::1", "64:ff9b::a00:1", "2002:a00:1::1"];
const PUBLIC = ["93.184.215.14", "2606:4700::1111", "64:ff9b::5db8:d70e"];
const written = (address: string): string => (address.includes(":") ? `[${address}]` : address);

describe.each(Object.entries(DOORS))("%s", (_, { mayBePrivate, ask }) => {
  test.each(METADATA)("dials %s neither by a name nor as it is", async (address) => {
    const network = networkDouble(port, [address]);
    await outcome(ask("api.example.com", network));
    await outcome(ask(written(address), network));
    expect([network.asked, network.dialed, requests]).toEqual([["api.example.com"], [], 0]);
  });

  test.each(SPELLINGS)("dials %s not, which is a metadata service as well", async (host) => {
    const network = networkDouble(port, ["169.254.169.254"]);
    await outcome(ask(host, network));
    expect([network.dialed, requests]).toEqual([[], 0]);
  });

  test("dials nothing of a name when one of its addresses is metadata", async () => {
    const network = networkDouble(port, ["93.184.215.14", "169.254.169.254"]);
    await outcome(ask("api.example.com", network));
    expect(network.dialed).toEqual([]);
  });

  test.each(INTERNAL)(`dials %s ${mayBePrivate ? "" : "not "}`, async (address) => {
    const network = networkDouble(port, [address]);
    await outcome(ask("api.example.com", network));
    expect(network.dialed.slice(0, 1)).toEqual(mayBePrivate ? [address] : []);
  });

  test.each(PUBLIC)("dials %s", async (address) => {
    const network = networkDouble(port, [address]);
    await outcome(ask("api.example.com", network));
    expect(network.dialed[0]).toBe(address);
  });

  test("dials what was judged, and not what the name server answers next", async () => {
    const network = networkDouble(port, ["93.184.215.14"], ["169.254.169.254"]);
    await outcome(ask("api.example.com", network));
    expect([network.asked, network.dialed]).toEqual([["api.example.com"], ["93.184.215.14"]]);
  });

  test("follows no redirect", async () => {
    answer = (response) => response.writeHead(302, { location: "http://169.254.169.254/latest/meta-data/" }).end();
    const network = networkDouble(port, ["93.184.215.14"]);
    await outcome(ask("api.example.com", network));
    expect([network.asked, network.dialed, requests]).toEqual([["api.example.com"], ["93.184.215.14"], 1]);
  });
});

describe("a data source", () => {
  const source = (host: string, network: NetworkDouble) =>
    createDataSource({
      name: "orders",
      variable: "ORDERS_URL",
      calls: {},
      url: `postgres://me:secret@${host}:${port}/orders`,
      statementMs: 300,
      network,
    });

  test.each(METADATA)("dials %s neither by a name nor as it is", async (address) => {
    const network = networkDouble(port, [address]);
    for (const host of ["db.example.com", written(address)])
      await expect(source(host, network).ping()).rejects.toMatchObject({ name: "PortError", reason: "invalid" });
    expect(requests).toBe(0);
  });

  test.each([
    "2852039166",
    "0xa9fea9fe",
    "0251.0376.0251.0376",
    "169.254.43518",
    "good.example.com/x?host=169.254.169.254&",
  ])("dials %s not", async (host) => {
    const network = networkDouble(port, ["169.254.169.254"]);
    await expect(source(host, network).ping()).rejects.toMatchObject({ name: "PortError" });
    expect(requests).toBe(0);
  });

  test("may be a private one", async () => {
    const connections = new Promise<void>((resolve) => server.once("connection", () => resolve()));
    await outcome(source("db.example.com", networkDouble(port, ["127.0.0.1"])).ping());
    await connections;
  });
});
