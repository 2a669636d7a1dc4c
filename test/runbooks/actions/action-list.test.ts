import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { RUNBOOK_ACTIONS } from "#runbooks/index.ts";
import { writtenActionList } from "#test/support/builders/runbooks/written-action-list.ts";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));

test("the list of actions names each of their files", async () => {
  await expect(
    writtenActionList(ROOT),
    "src/runbooks/actions/action-list.ts is out of date: run `npm run runbook-actions`",
  ).toMatchFileSnapshot("../../../src/runbooks/actions/action-list.ts");
});

test("the file of an action has its name", () => {
  const kebab = (name: string): string =>
    name.replaceAll(".", "-").replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  const files = readdirSync(`${ROOT}/src/runbooks/actions`, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .flatMap(({ name }) => readdirSync(`${ROOT}/src/runbooks/actions/${name}`));
  expect(files.toSorted()).toEqual([...RUNBOOK_ACTIONS.keys()].map((name) => `${kebab(name)}.ts`).toSorted());
});
