import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { connectIntegrations } from "#app/integrations/connected-ports.ts";
import { INTEGRATIONS } from "#app/integrations/integration-list.ts";
import { createMetrics } from "#app/metrics.ts";
import { UNLIMITED_ALLOWANCES } from "#ports/allowances.ts";
import { readConfig, type AppConfig } from "#config/app-config.ts";
import { readPolicy } from "#config/policy-file.ts";
import { policyVendors, TRACKER_LIST } from "#config/vendor-lists.ts";
import { ticketBody } from "#views/tickets/ticket-content.ts";
import { anIncident } from "#test/support/builders/incidents.ts";
import { boardTracker, type BoardCard } from "#test/fixtures/trackers/board-tracker.ts";
import { wallClock } from "#test/support/harness/test-clock.ts";
import { temporaryDirectory } from "#test/support/harness/servers/temporary-directory.ts";

const cards: BoardCard[] = [];
/** The list with one line more: that is all that is edited outside the tracker's folder. */
const WITH_BOARD = [...TRACKER_LIST, boardTracker(cards)];
const GITHUB = { GITHUB_TOKEN: "t", GITHUB_REPO: "octo-org/shop" };

const policyProblems = (policy: string): readonly string[] =>
  readPolicy(policy, "muster.yaml", policyVendors(WITH_BOARD)).problems.map(
    ({ line, path, message }) => `${line} ${path}: ${message}`,
  );

function configOf(env: Readonly<Record<string, string>>, policy = ""): AppConfig {
  const file = join(temporaryDirectory("board"), "muster.yaml");
  writeFileSync(file, policy);
  return readConfig({ ...env, MUSTER_CONFIG: file }, WITH_BOARD);
}

describe("a new tracker is one object and one line", () => {
  test.each([
    ["its target and place", "teams: { orders: { tickets: { target: board, column: doing } } }", []],
    [
      "no place that is none",
      "teams: { orders: { tickets: { column: '1' } } }",
      ["1 teams.orders.tickets.column: expected the name of a column"],
    ],
    [
      "no target that is none, and names it beside the others",
      "teams: { orders: { tickets: { target: bord } } }",
      ['1 teams.orders.tickets.target: Invalid option: expected one of "github"|"jira"|"board"'],
    ],
    [
      "a slip in its key, with what was meant",
      "teams: { orders: { tickets: { colum: doing } } }",
      ['1 teams.orders.tickets: unknown key "colum"; did you mean "column"?'],
    ],
  ])("whose policy takes %s", (_, policy, says) => expect(policyProblems(policy)).toEqual(says));

  test("which no policy accepts without its line", () => {
    const { problems: found } = readPolicy("teams: { orders: { tickets: { column: doing } } }", "muster.yaml");
    expect(found.map(({ message }) => message)).toEqual(['unknown key "column"; check the spelling']);
  });

  test("whose settings are checked before the start, and named in what is missing", () => {
    expect(() => configOf({ BOARD_COLUMN: "doing" })).toThrow("BOARD_TOKEN: must be set with BOARD_COLUMN");
    expect(() => configOf({ BOARD_TOKEN: "t", BOARD_COLUMN: "7" })).toThrow("BOARD_COLUMN: expected the name");
    expect(configOf({}).missing.join("\n")).toContain("or BOARD_TOKEN and BOARD_COLUMN for the board.");
    expect(configOf({ BOARD_TOKEN: "t", BOARD_COLUM: "x" }).missing.join("\n")).toContain("did you mean BOARD_COLUMN?");
    expect(
      configOf({ BOARD_TOKEN: "t", ...GITHUB }, "teams: { orders: { tickets: { target: board } } }").missing,
    ).toContain(
      "The tickets of the team orders have no place: set BOARD_COLUMN, or teams.orders.tickets.column in muster.yaml.",
    );
  });

  test("which stands beside the others: a team's tickets go where the policy puts them, and are found by their keys", async () => {
    const config = configOf(
      { BOARD_TOKEN: "t", BOARD_COLUMN: "doing", ...GITHUB },
      "teams: { orders: { tickets: { target: board, column: later } }, search: { tickets: { target: board } } }",
    );
    const { tickets } = await connectIntegrations(INTEGRATIONS, {
      config,
      policy: () => config.policy,
      clock: wallClock,
      machineClock: wallClock,
      monotonic: wallClock,
      metrics: createMetrics(() => null),
      allowances: UNLIMITED_ALLOWANCES,
    });
    const text = ticketBody(anIncident(), "https://m.example/INC-1");
    const attempt = { key: "k", unsure: false, since: wallClock() };
    for (const team of ["orders", "search"]) {
      const wanted = { key: `uid-${team}`, title: team, text, labels: [], team, openedAt: wallClock() };
      const opened = (await tickets!.open(wanted, attempt))!;
      if (team === "search") await tickets!.close(opened, text, attempt);
    }
    expect(cards).toEqual([
      { key: "card 1", title: "orders", column: "later", open: true },
      { key: "card 2", title: "search", column: "doing", open: false },
    ]);
  });

  test("whose key is no other tracker's", () =>
    expect(() => readPolicy("", "muster.yaml", policyVendors([...WITH_BOARD, boardTracker([])]))).toThrow(
      "two trackers have the same key",
    ));
});
