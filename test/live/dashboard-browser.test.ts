import { join } from "node:path";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type TestApp, SECOND_INCIDENT, startFilledDashboard, MAIN_INCIDENT } from "#test/support/harness/app.ts";
import { startBrowser } from "#test/support/harness/servers/browser.ts";
import { describeLive } from "#test/support/harness/servers/live.ts";

const PATHS = [
  "/",
  "/incidents",
  `/incidents/${MAIN_INCIDENT}`,
  `/incidents/${MAIN_INCIDENT}/postmortem`,
  `/incidents/${MAIN_INCIDENT}/postmortem/summary`,
  "/oncall",
  "/statistics",
  "/runbooks",
  "/runbooks/restart-on-connection-leak",
  "/noise",
  "/refused",
  "/dead-letters",
];

/** In the browser: what can be used or seen and has no name for those who do not see it. */
const NAMELESS = `[...document.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea, summary, svg[role=img]")]
  .filter((each) => {
    const by = each.getAttribute("aria-labelledby");
    const name = each.getAttribute("aria-label") ?? (by === null ? null : document.getElementById(by)?.textContent) ?? each.labels?.[0]?.textContent ?? each.textContent;
    return name.trim() === "";
  })
  .map((each) => each.outerHTML.slice(0, 100))`;

/** MUSTER_SCREENSHOTS=docs/images makes the pictures of the documentation again. */
const SHOTS = process.env["MUSTER_SCREENSHOTS"];

describeLive("the dashboard in a real browser", ["chromium"], () => {
  let app: TestApp;
  let browser: Browser;
  beforeAll(async () => {
    [app, browser] = await Promise.all([startFilledDashboard(), startBrowser()]);
  });
  afterAll(async () => {
    await browser?.close();
    await app?.stop();
  });

  /** A page of its own, whose browser complains of nothing: no script error, nothing that the policy for content stopped. */
  const on = async (
    path: string,
    options: BrowserContextOptions,
    look: (page: Page) => Promise<void>,
  ): Promise<void> => {
    const context = await browser.newContext({ viewport: { width: 1200, height: 850 }, ...options });
    const page = await context.newPage();
    const complaints: string[] = [];
    page.on(
      "console",
      (message) =>
        void (
          ["error", "warning"].includes(message.type()) &&
          !/401|409|503/.test(message.text()) &&
          complaints.push(message.text())
        ),
    );
    page.on("pageerror", (error) => complaints.push(String(error)));
    await page.goto(app.url + path);
    await look(page);
    await context.close();
    expect(complaints).toEqual([]);
  };
  const shot = async (page: Page, name: string): Promise<void> => {
    if (SHOTS !== undefined) await page.screenshot({ path: join(SHOTS, name) });
  };
  const listening = (page: Page): Promise<unknown> =>
    page.waitForSelector("html[data-line=open]", { state: "attached" });

  describe.each(PATHS)("%s", (path) => {
    test.each([
      { colorScheme: "light", width: 1200, javaScriptEnabled: true },
      { colorScheme: "dark", width: 1200, javaScriptEnabled: true },
      { colorScheme: "light", width: 360, javaScriptEnabled: true },
      { colorScheme: "dark", width: 360, javaScriptEnabled: false },
      { colorScheme: "light", width: 320, javaScriptEnabled: true },
    ] as const)(
      "fits, in its colours: $colorScheme, $width px wide, scripts $javaScriptEnabled",
      async ({ colorScheme, width, javaScriptEnabled }) => {
        await on(path, { colorScheme, viewport: { width, height: 800 }, javaScriptEnabled }, async (page) => {
          const [wide, ground] = await page.evaluate<[number, string]>(
            "[document.documentElement.scrollWidth, getComputedStyle(document.body).backgroundColor]",
          );
          expect(wide).toBeLessThanOrEqual(width);
          expect(ground).toBe(colorScheme === "light" ? "rgb(250, 249, 246)" : "rgb(20, 23, 27)");
          expect(await page.locator("h1").first().isVisible()).toBe(true);
        });
      },
    );

    test("can be walked by keyboard: first past the navigation, then everything in its order, the focus to be seen", async () => {
      await on(path, {}, async (page) => {
        await page.keyboard.press("Tab");
        expect(await page.evaluate("document.activeElement.textContent")).toBe("Skip to the content");
        await page.keyboard.press("Enter");
        expect(await page.evaluate("document.activeElement.id")).toBe("main");
        await page.goto(app.url + path);
        const count = await page
          .locator("a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex='0']")
          .count();
        const outlines: string[] = [];
        for (let i = 0; i < Math.min(count, 40); i++) {
          await page.keyboard.press("Tab");
          outlines.push(
            await page.evaluate<string>(
              "getComputedStyle(document.activeElement).outlineStyle + document.activeElement.outerHTML.slice(0, 80)",
            ),
          );
        }
        expect(outlines.filter((each) => each.startsWith("none"))).toEqual([]);
        expect(await page.locator("[tabindex]:not([tabindex='0']):not([tabindex='-1'])").count()).toBe(0);
      });
    });

    test("gives every control a unique name", async () => {
      await on(path, {}, async (page) => {
        const nameless = await page.evaluate<string[]>(NAMELESS);
        expect(nameless).toEqual([]);
        const ids = await page.evaluate<string[]>("[...document.querySelectorAll('[id]')].map(({ id }) => id)");
        expect(ids.length).toBe(new Set(ids).size);
      });
    });
  });

  test("new events appear without a reload, and the focus stays", async () => {
    await on("/", {}, async (page) => {
      await listening(page);
      await shot(page, "dashboard-fire.png");
      await page.locator(`a[href^="/incidents/${SECOND_INCIDENT}?of="]`).focus();
      await app
        .post("/api/verbs", {
          as: "Bob",
          text: "title the replica recovers",
          incident: SECOND_INCIDENT,
          key: "live-title-1",
        })
        .then(
          () => undefined,
          () => undefined,
        );
      await app.settles();
      await page.getByText("the replica recovers").waitFor();
      expect(await page.evaluate("document.activeElement.getAttribute('href')")).toMatch(
        new RegExp(`^/incidents/${SECOND_INCIDENT}\\?of=`),
      );
      expect(await page.locator("#news").textContent()).toContain("Updated at");
    });
    await on(`/incidents/${MAIN_INCIDENT}`, {}, async (page) => {
      await listening(page);
      expect(await page.locator("#run-2").count()).toBe(0);
      const settled = setInterval(() => void app.settles(), 100);
      await app.post("/api/verbs", {
        as: "Bob",
        text: "runbook run cancel-blockers service=order-service",
        incident: MAIN_INCIDENT,
        key: "live-run-1",
      });
      await page.locator("#run-2").getByText("Asks to do cancel").waitFor();
      clearInterval(settled);
      expect(await page.locator("#run-1").textContent()).toContain("nobody approved cancel in time");
    });
  });

  test("a button works, and another viewer's page follows", async () => {
    await on(`/incidents/${SECOND_INCIDENT}`, {}, async (watching) => {
      await listening(watching);
      await on(`/incidents/${SECOND_INCIDENT}`, {}, async (page) => {
        const settled = setInterval(() => void app.settles(), 100);
        await page.getByRole("button", { name: "Acknowledge" }).press("Enter");
        await page.waitForURL(/said=/);
        clearInterval(settled);
        expect(await page.locator("[role=status]").first().textContent()).toContain("Acknowledged by local");
        expect(await page.getByRole("button", { name: "Acknowledge" }).count()).toBe(0);
      });
      await watching.getByText("Acknowledged by local").first().waitFor();
    });
  });

  test("live updates keep what a person is typing, and move the focus on when its button is gone", async () => {
    await app
      .post("/api/verbs", { as: "Bob", text: "reopen it hurts again", incident: SECOND_INCIDENT, key: "live-reopen-1" })
      .catch(() => undefined);
    await app.settles();
    const news = async (text: string, key: string): Promise<void> => {
      const lookup = app.post("/api/verbs", { as: "Bob", text, incident: SECOND_INCIDENT, key });
      const settled = setInterval(() => void app.settles(), 100);
      await lookup;
      clearInterval(settled);
    };
    await on(`/incidents/${SECOND_INCIDENT}`, {}, async (page) => {
      await listening(page);
      const field = page.getByLabel("What to do");
      await field.fill("note half a sente");
      await news("note the first news", "live-news-1");
      await page.getByText("the first news").first().waitFor();
      expect(await field.inputValue()).toBe("note half a sente");
      expect(await page.evaluate("document.activeElement.name")).toBe("text");
      await page.getByRole("button", { name: "Mitigated" }).focus();
      await news("mitigate", "live-news-2");
      await page.getByRole("button", { name: "Mitigated" }).waitFor({ state: "detached" });
      expect(await page.evaluate("document.activeElement.id")).toBe("state");
    });
  });

  test("the viewer learns when the connection is lost, and when it is back", async () => {
    await on("/", {}, async (page) => {
      await listening(page);
      await page.evaluate("window.dispatchEvent(new Event('pagehide'))");
      await page.route("**/*", (route) => route.fulfill({ status: 503 }));
      await page.evaluate("window.dispatchEvent(new Event('pageshow'))");
      await page.waitForSelector("html[data-line=down]", { state: "attached" });
      expect(await page.locator("#news").textContent()).toContain("may be old");
      await page.unroute("**/*");
      await page.evaluate("window.dispatchEvent(new Event('pageshow'))");
      await listening(page);
      await page.getByText(/The line is back|Updated at/).waitFor();
    });
  });

  test("a viewer who was signed out sees it", async () => {
    await on("/", {}, async (page) => {
      await listening(page);
      await page.evaluate("window.dispatchEvent(new Event('pagehide'))");
      await page.route("**/*", (route) => route.fulfill({ status: 401, body: "" }));
      await page.evaluate("window.dispatchEvent(new Event('pageshow'))");
      await page.getByText("You are signed out").waitFor();
    });
  });

  test("shows a UTC time in the viewer's zone on hover", async () => {
    await on(`/incidents/${MAIN_INCIDENT}`, { timezoneId: "Asia/Tokyo", locale: "en-GB" }, async (page) => {
      const time = page.locator("ol.timeline time").first();
      await time.hover();
      const utc = new Date((await time.getAttribute("datetime"))!);
      const hours = String((utc.getUTCHours() + 9) % 24).padStart(2, "0");
      expect(await time.getAttribute("title")).toContain(`${hours}:${String(utc.getUTCMinutes()).padStart(2, "0")}`);
    });
  });

  test("the timeline is narrowed without scripts", async () => {
    await on(`/incidents/${MAIN_INCIDENT}`, { javaScriptEnabled: false }, async (page) => {
      await page.getByLabel("Kind").selectOption("notes");
      await page.getByLabel("Words").fill("leak");
      await page.getByRole("button", { name: "Filter" }).click();
      expect(await page.locator("ol.timeline > li").count()).toBe(1);
      expect(await page.locator("ol.timeline").textContent()).toContain("485 of 500");
    });
  });

  test("two editors of one section see both texts, and nothing is lost", async () => {
    const path = `/incidents/${MAIN_INCIDENT}/postmortem/summary`;
    await on(path, {}, async (first) => {
      await on(path, {}, async (second) => {
        await second.getByLabel(/Text/).fill("Orders were late for 22 minutes.\nNo order was lost.");
        await second.getByRole("button", { name: "Save" }).click();
        await second.getByText("No order was lost.").waitFor();
      });
      await first.getByLabel(/Text/).fill("Orders were late.\nA connection leak held the pool.");
      await first.getByRole("button", { name: "Save" }).click();
      await first.getByRole("heading", { name: /changed while you wrote/ }).waitFor();
      expect(await first.locator(".sides").textContent()).toContain("+ No order was lost.");
      expect(await first.locator(".sides").textContent()).toContain("+ A connection leak held the pool.");
      expect(await first.getByLabel(/Text/).inputValue()).toBe("Orders were late.\nA connection leak held the pool.");
      await first.getByRole("button", { name: "Save over version 1" }).click();
      await first.getByText("A connection leak held the pool.").waitFor();
    });
  });

  test("its pictures are in the documentation", async () => {
    await on(`/incidents/${MAIN_INCIDENT}`, {}, (page) => shot(page, "dashboard-incident.png"));
    await on("/oncall", { colorScheme: "dark" }, (page) => shot(page, "dashboard-oncall.png"));
    await on("/statistics", { viewport: { width: 1200, height: 1250 } }, (page) =>
      shot(page, "dashboard-statistics.png"),
    );
  });
});
