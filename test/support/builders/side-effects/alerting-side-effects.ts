import type * as alertingEvents from "#domain/events/definitions/alerting-events.ts";
import type * as obstacleEvents from "#domain/events/definitions/obstacle-events.ts";
import { aNote } from "#test/support/builders/alert-builders.ts";
import { HOUR, NOW } from "#test/support/builders/instants.ts";
import { BOB_PERSON } from "#test/support/builders/people.ts";
import type { SideEffectRowsOf } from "./side-effect-row.ts";

export const ALERTING_SIDE_EFFECTS: SideEffectRowsOf<typeof alertingEvents | typeof obstacleEvents> = {
  "runbook.unavailable": {
    fact: { type: "runbook.unavailable", data: { runbook: "restart", why: "shop is no row of inventory.services" } },
    effects: [],
  },
  "alerts.fired": {
    fact: { type: "alerts.fired", data: { count: 1, added: 1, again: false, earliestStart: NOW, alerts: [aNote()] } },
  },
  "alerts.flapped": { fact: { type: "alerts.flapped", data: { count: 1, alerts: [] } } },
  "watch.interrupted": {
    fact: { type: "watch.interrupted", data: { kind: "pause", from: NOW, until: NOW + HOUR } },
    shown: false,
  },
  "alerts.resolved": {
    fact: { type: "alerts.resolved", data: { count: 1, alerts: [] } },
    timers: [{ timer: "recheck", at: null }],
  },
  "alerts.moved": {
    fact: { type: "alerts.moved", data: { count: 1, to: 2 } },
    after: { recheck: { at: NOW + HOUR, since: NOW, by: BOB_PERSON } },
    timers: [{ timer: "recheck", at: NOW + HOUR }],
  },
  "alerts.unheard": { fact: { type: "alerts.unheard", data: { count: 1, since: NOW } } },
  "delivery.truncated": { fact: { type: "delivery.truncated", data: { group: "g", hidden: 1 } } },
  "alerts.absorbed": {
    fact: { type: "alerts.absorbed", data: { from: 2, alerts: { total: 1, firing: 1, flaps: 0 } } },
  },
  "alerts.returned": {
    fact: { type: "alerts.returned", data: { to: 2, alerts: { total: 1, firing: 1, flaps: 0 } } },
    timers: [{ timer: "recheck", at: null }],
  },
  "storm.gathered": {
    fact: { type: "storm.gathered", data: { count: 2, services: { search: 2 }, until: NOW, recent: [], paged: [] } },
  },
};
