import { expect, test } from "vitest";
import { z } from "zod";
import { loadPolicy, formatPolicyProblem } from "#config/app-config.ts";
import { PolicyFile } from "#config/vendor-lists.ts";

// draft-07 is the JSON Schema that every YAML language server reads.
const generated = z.toJSONSchema(PolicyFile, { io: "input", unrepresentable: "any", target: "draft-7" });

test("the published JSON Schema of muster.yaml is the one the code checks by", async () => {
  await expect(
    `${JSON.stringify(generated, null, 2)}\n`,
    "deploy/muster.schema.json is out of date: run `npm run schema`",
  ).toMatchFileSnapshot("../../deploy/muster.schema.json");
});

test("the example policy is a good one", () => {
  expect(loadPolicy("deploy/muster.example.yaml", true).problems.map(formatPolicyProblem)).toEqual([]);
});
