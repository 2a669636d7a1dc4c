import { expect, test } from "vitest";
import { describeRefusedPart } from "#domain/alerting/intake/refused-alert.ts";

test("what is nested too deeply to be written is described nonetheless, so that it costs no alert beside it", () => {
  const deep: unknown = JSON.parse("[".repeat(200_000) + "]".repeat(200_000));
  const part = { index: 0, field: "alerts[0].alert", reason: "expected an object", value: deep };
  expect(describeRefusedPart("alertmanager", "10.0.0.5", part)).toMatchObject({
    field: "alerts[0].alert",
    excerpt: "nested too deeply to be shown",
    summary: "",
  });
});
