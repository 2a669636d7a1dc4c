import { describe, expect, test } from "vitest";
import { homeView } from "#views/response/home-tab.ts";
import { renderHome } from "#integrations/slack/render-message.ts";
import { textsOf } from "#test/support/doubles/slack/block-kit.ts";
import { viewProblems } from "#test/support/doubles/slack/slack-limits.ts";
import { NOW } from "#test/support/builders/instants.ts";
import { aPolicy } from "#test/support/builders/policies.ts";

const homeWith = (faults: readonly string[]) =>
  renderHome(homeView([], [], { policy: aPolicy(), overrides: [] }, NOW, () => "http://m/1", [], faults));

describe("a home of who looks after Muster", () => {
  test("names each fault of the setup before anything else", () => {
    const texts = textsOf(homeWith(["#incidents: not_in_channel. Invite Muster: `/invite @muster`"]).blocks);
    const at = texts.indexOf("Setup needs attention");
    expect(texts.slice(at, at + 3)).toEqual([
      "Setup needs attention",
      expect.stringContaining("⚠️ #incidents: not_in_channel. Invite Muster:") as string,
      "Open incidents",
    ]);
  });

  test("has no such part while nothing is wrong", () => {
    expect(textsOf(homeWith([]).blocks).join("\n")).not.toContain("Setup needs attention");
  });

  test("counts those beyond ten, within Slack's limits, whatever is in them", () => {
    const hostile = `<!channel> <@U0000000> *b* ${"Ä🔥".repeat(4_000)}`;
    const view = homeWith(Array.from({ length: 13 }, (_, n) => `${n}: ${hostile}`));
    expect(viewProblems(view, "home")).toEqual([]);
    const text = textsOf(view.blocks).join("\n");
    expect(text).toContain("… and 3 more: `muster doctor` lists them all");
    expect(text).not.toMatch(/<!channel>|<@U0000000>/);
  });
});
