import type { Link, Role } from "#domain/values/language.ts";
import type { RoutedPerson } from "./people.ts";

/** Whom a step pages. Shifts and roles are read when the step is paged, not when the incident opens. */
export type PageTarget =
  | { readonly kind: "person"; readonly person: RoutedPerson }
  | { readonly kind: "oncall" | "backup"; readonly team: string }
  | { readonly kind: "schedule"; readonly schedule: string; readonly backup: boolean }
  | { readonly kind: "role"; readonly role: Role }
  | { readonly kind: "everyone" };

/** One step of the escalation policy. Without a target, the pager's own escalation policy decides. `after`: ms until the next; null: the plan's. */
export type EscalationStep = {
  readonly name: string;
  readonly targets: readonly PageTarget[];
  readonly after: number | null;
};

/** Where an incident goes. Decided once, when it opens, and kept: later labels or a later policy do not move it. */
export type Route = {
  readonly service: string | null;
  readonly team: string | null;
  readonly reason: string;
  /** The team's channel, as the policy names it. */
  readonly channel: string | null;
  readonly members: readonly RoutedPerson[];
  /** Who is on call when it opens: they are invited. Whom to page is asked again for each page. */
  readonly oncall: readonly RoutedPerson[];
  /** People on the escalation policy above them, as far as they have names. */
  readonly escalation: readonly (readonly RoutedPerson[])[];
  /** The escalation policy above the on-call people; absent in what an earlier version stored. */
  readonly ladder?: readonly EscalationStep[];
  /** The on-call people of every team: whom a priority with `page: all` wakes. */
  readonly everyone: readonly RoutedPerson[];
  readonly dashboards: readonly Link[];
  readonly runbook: string | null;
};
