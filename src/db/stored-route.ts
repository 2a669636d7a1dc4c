import type { Event } from "#domain/events/event-registry.ts";
import type { Incident } from "#domain/incident/incident.ts";
import type { RoutedPerson } from "#domain/policy/people.ts";
import type { PageTarget, Route } from "#domain/policy/route.ts";

// A route is stored with the incident and its opening, and shown by the API, under the names it always had: there a
// person's id in the chat is called `slack`. Only this file uses that name.

type StoredPerson = Omit<RoutedPerson, "chatId"> & { readonly slack: string | null };

/** A route with its people as someone else writes them. */
type RouteOf<P> = Omit<Route, "members" | "oncall" | "escalation" | "ladder" | "everyone"> & {
  readonly members: readonly P[];
  readonly oncall: readonly P[];
  readonly escalation: readonly (readonly P[])[];
  readonly ladder?: readonly StepOf<P>[];
  readonly everyone: readonly P[];
};
type StepOf<P> = Omit<NonNullable<Route["ladder"]>[number], "targets"> & { readonly targets: readonly TargetOf<P>[] };
type TargetOf<P> = Exclude<PageTarget, { readonly kind: "person" }> | { readonly kind: "person"; readonly person: P };

export function toStoredState(state: Incident): object {
  return { ...state, route: mapPeople(state.route, toStoredPerson) };
}

export function fromStoredState(state: Incident): Incident {
  return { ...state, route: mapPeople<StoredPerson, RoutedPerson>(storedRoute(state.route), fromStoredPerson) };
}

/** The data of an event as it is stored, and as the API shows it. */
export function toStoredData(event: Pick<Event, "type" | "data">): Event["data"] {
  return changeRoute(event, (route) => mapPeople(route, toStoredPerson));
}

export function fromStoredData(event: Pick<Event, "type" | "data">): Event["data"] {
  return changeRoute(event, (route) => mapPeople<StoredPerson, RoutedPerson>(storedRoute(route), fromStoredPerson));
}

function changeRoute(
  { type, data }: Pick<Event, "type" | "data">,
  change: (route: Route) => RouteOf<StoredPerson> | RouteOf<RoutedPerson>,
): Event["data"] {
  // Only the opening of an incident carries a route.
  if (type !== "incident.opened") return data;
  const opened = data as Extract<Event, { type: "incident.opened" }>["data"];
  return { ...opened, route: change(opened.route) } as Event["data"];
}

// The type is that of a route in use; a route from the database still names people as it was stored.
function storedRoute(route: Route): RouteOf<StoredPerson> {
  return route as unknown as RouteOf<StoredPerson>;
}

function toStoredPerson({ id, name, chatId, email }: RoutedPerson): StoredPerson {
  return { id, name, slack: chatId, email };
}

function fromStoredPerson({ id, name, slack, email }: StoredPerson): RoutedPerson {
  return { id, name, chatId: slack, email };
}

function mapPeople<A, B>(route: RouteOf<A>, change: (person: A) => B): RouteOf<B> {
  const { ladder: steps, ...rest } = route;
  const all = (people: readonly A[]): readonly B[] => people.map(change);
  return {
    ...rest,
    members: all(route.members),
    oncall: all(route.oncall),
    escalation: route.escalation.map(all),
    everyone: all(route.everyone),
    ...(steps === undefined
      ? {}
      : {
          ladder: steps.map((step) => ({
            ...step,
            targets: step.targets.map((target) =>
              target.kind === "person" ? { kind: target.kind, person: change(target.person) } : target,
            ),
          })),
        }),
  };
}
