import type { Actor, Person } from "#domain/values/language.ts";

export const ALICE: Actor = { kind: "person", id: "U0ALICE01", name: "Alice" };
export const BOB: Actor = { kind: "person", id: "U0BOB0001", name: "Bob" };
export const ALERTMANAGER: Actor = { kind: "source", id: "alertmanager", name: "Alertmanager" };

/** Someone whom only the pager has, and the pager itself. */
export const MIA_OF_THE_PAGER: Actor = { kind: "person", id: "pagerduty:PMIA001", name: "Mia" };
export const PAGER: Actor = { kind: "source", id: "pagerduty", name: "PagerDuty" };

/** Who that is, without what kind of actor. */
export const personOf = ({ id, name }: Actor): Person => ({ id, name });

export const ALICE_PERSON = personOf(ALICE);
export const BOB_PERSON = personOf(BOB);
