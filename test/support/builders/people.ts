import type { Actor, Person } from "#domain/values/language.ts";

export const ALICE: Actor = { kind: "person", id: "U0ALICE01", name: "Alice" };
export const BOB: Actor = { kind: "person", id: "U0BOB0001", name: "Bob" };
export const ALERTMANAGER: Actor = { kind: "source", id: "alertmanager", name: "Alertmanager" };

/** The same two as those who are asked, assigned or named: without what kind of actor they are. */
export const ALICE_PERSON: Person = { id: ALICE.id, name: ALICE.name };
export const BOB_PERSON: Person = { id: BOB.id, name: BOB.name };
