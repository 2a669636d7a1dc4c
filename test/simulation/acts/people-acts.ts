import { PRIORITIES } from "#domain/values/language.ts";
import { SIM_PEOPLE, SIM_TEAMS } from "../world/sim-policy.ts";
import { incidentsThatAre, mergeIncidents, openPages, pressPage, typeWords } from "./incident-choices.ts";
import { asks, pick, type Act } from "./act.ts";

const personOf = ({ id, name }: { readonly id: string; readonly name: string }) => ({ id, name });

/** What people type; some of it wrong. */
const TYPED = [
  "ack",
  "akc",
  "Ack!",
  "resolve",
  "resolve the disk is full again",
  "mitigate",
  "commnad",
  "page @dana",
  "page",
  "severity P9",
  "priority P0 it burns",
  "handoff @nobody",
  "note we look at 25:99",
  "cancel",
  "undo",
];

/** What people do in the chat and on the dashboard. */
export const PEOPLE_ACTS = {
  press: {
    weight: 10,
    perform: (world, a) => {
      const page = pick(openPages(world), a);
      return page === undefined
        ? null
        : `${page.person.name} presses Acknowledge under the page of INC-${page.incident} → ${pressPage(world, page)}`;
    },
  },
  type: {
    weight: 5,
    perform: (world, a, b) => {
      const incident = pick(world.openIncidents(), a);
      const [person, words] = [pick(SIM_PEOPLE, b)!, pick(TYPED, b)!];
      return incident === undefined
        ? null
        : `${person.name} types "${words}" in INC-${incident.number} → ${typeWords(world, incident.number, words, person)}`;
    },
  },
  pressTwice: {
    weight: 1,
    perform: (world, a) => {
      const page = pick(openPages(world), a);
      if (page === undefined) return null;
      pressPage(world, page);
      return `${page.person.name} presses Acknowledge twice in INC-${page.incident} → ${pressPage(world, page)}`;
    },
  },
  ack: asks(5, "ack", () => ({ type: "incident.acknowledge" })),
  command: asks(4, "take command", () => ({ type: "role.claim", role: "commander" })),
  update: asks(2, "update", () => ({ type: "update.post", text: "We look into it.", audience: "internal" })),
  mitigate: asks(4, "mitigate", () => ({ type: "incident.mitigate" })),
  resolve: asks(4, "resolve with a reason", () => ({ type: "incident.resolve", reason: "fixed, I think" })),
  cancel: asks(1, "cancel", () => ({ type: "incident.cancel", reason: "false alarm" })),
  escalate: asks(2, "escalate", () => ({ type: "incident.escalate", reason: null })),
  priority: asks(2, "set priority", (a, b) => ({
    type: "incident.set_priority",
    priority: PRIORITIES[(a + b) % PRIORITIES.length]!,
    reason: null,
  })),
  pagePerson: asks(3, "page a person", (a) => ({
    type: "incident.page",
    to: { kind: "person", person: personOf(pick(SIM_PEOPLE, a)!) },
    message: null,
  })),
  pageTeam: asks(3, "page a team", (_, b) => ({
    type: "incident.page",
    to: { kind: "team", team: pick(SIM_TEAMS, b)! },
    message: null,
  })),
  undo: asks(3, "undo", () => ({ type: "undo" })),
  merge: {
    weight: 2,
    perform: (world, a, b) => {
      const [from, into] = [pick(world.openIncidents(), a), pick(world.openIncidents(), a + 1)];
      return from === undefined || into === undefined || from === into
        ? null
        : mergeIncidents(world, [from.number, into.number], pick(SIM_PEOPLE, b)!);
    },
  },
  unmerge: {
    weight: 2,
    perform: (world, a, b) => {
      const incident = pick(incidentsThatAre(world, "merged"), a);
      const person = pick(SIM_PEOPLE, b)!;
      return incident === undefined
        ? null
        : `${person.name} takes back the merge of INC-${incident.number} → ${world.asks(incident.number, { type: "undo" }, person)}`;
    },
  },
  reopen: {
    weight: 1,
    perform: (world, a, b) => {
      const incident = pick(incidentsThatAre(world, "resolved", "closed", "canceled"), a);
      return incident === undefined
        ? null
        : `${pick(SIM_PEOPLE, b)!.name} reopens INC-${incident.number} → ${world.asks(incident.number, { type: "incident.reopen", reason: "again" }, pick(SIM_PEOPLE, b)!)}`;
    },
  },
} as const satisfies Readonly<Record<string, Act>>;
