import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { RUNBOOK_ACTIONS, planRunbook } from "#runbooks/index.ts";
import { TEST_INVENTORY, runbookOf } from "#test/support/builders/runbooks/runbooks.ts";

test("the worked example for authors is a good runbook", async () => {
  const page = await readFile("docs/runbooks.md", "utf8");
  const example = /^````markdown\n(.*?)^````$/ms.exec(page)?.[1] ?? "";
  const plan = planRunbook(
    await runbookOf(example),
    { alertname: "OrdersStuck", service: "order-service" },
    TEST_INVENTORY,
  );
  expect(plan).toMatchObject({
    ok: true,
    steps: [{ id: "waiting" }, { id: "restart", with: { namespace: "shop", deployment: "order-service" } }],
  });
});

test("every action named in the authors' page exists", async () => {
  const page = await readFile("docs/runbooks.md", "utf8");
  for (const [, name] of page.matchAll(/`((?:k8s|sql|prometheus|slack|pagerduty|github)\.\w+)`/g))
    expect([...RUNBOOK_ACTIONS.keys()]).toContain(name);
});
