import { execFile } from "node:child_process";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";

let target: Server;
let proxy: Server;
const proxied: string[] = [];
const listening = async (server: Server): Promise<number> => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
};
let ports: { readonly target: number; readonly proxy: number };

beforeAll(async () => {
  target = createServer((_, response) => response.end("reached"));
  proxy = createServer((request, response) => {
    proxied.push(`${request.method} ${request.url}`);
    response.end("by the proxy");
  });
  proxy.on("connect", (request, socket) => {
    proxied.push(`CONNECT ${request.url}`);
    socket.end("HTTP/1.1 403 No\r\n\r\n");
  });
  ports = { target: await listening(target), proxy: await listening(proxy) };
});
afterAll(() => {
  target.close();
  proxy.close();
});

/** Asks as a runbook's author would, in a process of its own that node sends through a proxy by its environment. */
async function askBehindProxy(url: string): Promise<string> {
  const program = `
    import { createHttpRequests } from "#integrations/http/http-client.ts";
    import http from "node:http";
    const { host } = new URL(${JSON.stringify(url)});
    const hosts = [{ host, private: true }];
    const answer = await createHttpRequests({ hosts }).send({ method: "GET", url: ${JSON.stringify(url)}, key: "k" }).then((each) => JSON.stringify(each), (error) => "refused: " + error.message);
    // The same process reaches the proxy by node's own agent: the environment is in force.
    const plain = await new Promise((resolve) => http.get("http://plain.example.com/", (response) => resolve(response.statusCode)).on("error", resolve));
    process.stdout.write(answer + " | " + plain);`;
  const address = `http://127.0.0.1:${ports.proxy}`;
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module-typescript", "-e", program], {
    env: {
      PATH: process.env["PATH"] ?? "",
      NODE_USE_ENV_PROXY: "1",
      HTTP_PROXY: address,
      HTTPS_PROXY: address,
      http_proxy: address,
      https_proxy: address,
      ALL_PROXY: address,
    },
  });
  return stdout;
}

test("a proxy of the environment, which would look names up itself, sees no request of a runbook", async () => {
  expect(await askBehindProxy(`http://127.0.0.1:${ports.target}/`)).toMatch(/"ok":true.*reached.* \| 200$/);
  expect(await askBehindProxy("http://169.254.169.254/latest/meta-data/")).toMatch(/"ok":false,.*metadata.* \| 200$/);
  expect(proxied).toEqual(["GET http://plain.example.com/", "GET http://plain.example.com/"]);
});
