import type { EffectRow } from "#test/support/builders/core/effect-row.ts";

/** The effects of runs, as every version of Muster stores them. */
export const RUN_EFFECT_ROWS: {
  readonly [T in "chat.run" | "chat.approvals" | "chat.reminder" | "chat.standalone"]: EffectRow<T>;
} = {
  "chat.run": {
    effect: { type: "chat.run", run: 31 },
    key: "chat.run:INC-7:31",
    lane: "chat",
    incident: 7,
    every: 1000,
  },
  "chat.approvals": {
    effect: { type: "chat.approvals", run: 31 },
    key: "chat.approvals:INC-7:31",
    lane: "people",
    incident: 7,
    every: 1000,
  },
  "chat.reminder": {
    effect: { type: "chat.reminder", run: 31, to: { id: "U1", name: "Alice" }, hash: "ab12", at: 1795000000000 },
    key: "chat.reminder:INC-7:31:U1:1795000000000",
    lane: "people",
    incident: 7,
    every: null,
  },
  "chat.standalone": {
    effect: { type: "chat.standalone", run: 3 },
    key: "chat.standalone:3",
    lane: "people",
    incident: null,
    every: 1_000,
  },
};
