import { expect, test } from "vitest";
import type { SimAct, SimPlan } from "./sim-plan.ts";
import { playStory } from "./simulate.ts";

// Stories in which a law was broken, each as short as it got.

const POLICY: SimPlan["policy"] = {
  perPerson: 8,
  storm: null,
  repeatMinutes: 240,
  singleStep: false,
  schedule: false,
  source: { peerLags: [], maxAlerts: null, starts: "true" },
};

test.each<[string, readonly SimAct[]]>([
  [
    "a merge takes an answer along with the expiry to which activity had moved it",
    [
      ["fire", 0, 14, 0],
      ["command", 0, 0, 0],
      ["pagePerson", 4, 0, 0],
      ["again", 4, 0, 0],
      ["fire", 4, 0, 0],
      ["command", 4, 0, 0],
      ["undo", 3, 0, 0],
      ["command", 3, 0, 0],
      ["pagerSnooze", 3, 0, 0],
      ["press", 1, 0, 0],
      ["silence", 4, 0, 0],
      ["mitigate", 2, 0, 0],
      ["merge", 2, 0, 0],
    ],
  ],
  [
    "a merge that is taken back names who is next at the priority that it gives back",
    [
      ["storm", 0, 4, 0],
      ["pagerAck", 1, 5, 0],
      ["pagerMerge", 4, 9, 28],
      ["unmerge", 0, 0, 0],
    ],
  ],
  [
    "the undo of an answer that the pager has taken back meanwhile puts no step off",
    [
      ["fire", 0, 0, 0],
      ["pagerTrouble", 1, 2, 0],
      ["press", 3, 0, 0],
      ["pagerOvertakes", 3, 0, 0],
      ["pagerReleases", 3, 0, 0],
      ["press", 3, 0, 0],
      ["undo", 3, 0, 0],
      ["pagerAck", 4, 0, 0],
    ],
  ],
  [
    "an answer of another team that old news brings back holds as long as one that is given then",
    [
      ["fireRefused", 0, 0, 0],
      ["relabel", 0, 10, 0],
      ["relabel", 0, 0, 15],
      ["mitigate", 0, 31, 0],
      ["endWrongly", 0, 0, 0],
    ],
  ],
  [
    "a new alert beside old news of its key that re-opens an incident opens no second one",
    [
      ["fire", 0, 4, 0],
      ["endWrongly", 2, 0, 0],
      ["editTeams", 4, 0, 0],
      ["pagerHolds", 4, 0, 0],
      ["fire", 4, 5, 0],
    ],
  ],
  [
    "the answer of another team expires at no time that has passed, at a priority whose answers do not",
    [
      ["fire", 0, 0, 0],
      ["pageTeam", 0, 0, 16],
      ["command", 0, 0, 26],
      ["fire", 0, 1, 0],
      ["endWrongly", 2, 0, 0],
      ["priority", 0, 26, 2],
      ["relabel", 0, 0, 0],
    ],
  ],
  [
    "a timer that a step of the clock has made due is decided once",
    [
      ["fire", 0, 0, 0],
      ["ack", 2, 0, 0],
      ["clockStep", 2, 3, 0],
    ],
  ],
  [
    "an answer of before the clock was set back expires",
    [
      ["fireRefused", 0, 0, 0],
      ["ack", 0, 0, 0],
      ["clockStep", 0, 0, 0],
    ],
  ],
  [
    "a step comes when it would have come although the clock was set back by less than its page is old",
    [
      ["fire", 0, 0, 0],
      ["clockStep", 2, 4, 0],
      ["chatTrouble", 0, 0, 0],
    ],
  ],
  [
    "the silence of a watchdog is noticed although the clock was set back",
    [
      ["watchdogStops", 0, 0, 0],
      ["clockStep", 0, 0, 0],
      ["fire", 0, 0, 0],
    ],
  ],
  [
    "an update is owed although the clock was set back while no process ran",
    [
      ["fire", 0, 0, 0],
      ["clockStepUnseen", 0, 0, 1],
      ["pagerAck", 0, 0, 0],
    ],
  ],
  [
    "a step that was due before a merge raised the incident comes then, where the merger alone would have been paged",
    [
      ["fire", 0, 0, 0],
      ["fireBesideBad", 0, 16, 0],
      ["pagerAck", 5, 0, 0],
      ["type", 4, 0, 0],
      ["merge", 1, 0, 23],
      ["clear", 0, 0, 0],
    ],
  ],
  [
    "another team's next person is named again when the priority rises",
    [
      ["fire", 0, 4, 0],
      ["fire", 0, 19, 0],
      ["priority", 4, 34, 8],
      ["merge", 0, 7, 0],
      ["fire", 0, 10, 0],
      ["press", 0, 0, 0],
    ],
  ],
])("%s", (_, acts) => {
  expect(playStory({ policy: POLICY, acts })).toBeNull();
});
