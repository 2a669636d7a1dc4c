import { expect, test } from "vitest";
import { BrowserSession, startApp } from "#test/support/harness/app.ts";

test("the line of a browser ends when its incident is made private, and not the viewer's", async () => {
  const app = await startApp({ settings: { MUSTER_API_TOKENS: "secret" } });
  await app.fires({ alertname: "Leak", service: "order-service", severity: "P2" });
  const response = await fetch(`${app.url}/live?incident=INC-1&mark=0`, {
    headers: { authorization: `Basic ${Buffer.from("me:secret").toString("base64")}` },
  });
  const reader = response.body!.getReader();
  const token = new BrowserSession(app, "me:secret");
  await token.says("INC-1", "private");
  await app.settles();
  for (let ended = false; !ended;) ended = (await reader.read()).done;
  expect((await token.get("/incidents/INC-1")).status).toBe(404);
  await app.stop();
});
