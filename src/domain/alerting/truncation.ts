import type { Delivery } from "#domain/deliveries/delivery.ts";
import { oneLine } from "#domain/values/text.ts";
import type { ReceivedAlert } from "./received-alert.ts";

/** How many members of a group are hidden from an incident, and by which delivery. */
export type TruncationMark = {
  readonly source: string;
  readonly group: string;
  readonly incident: number;
  readonly hidden: number;
  readonly seq: number;
};

/** The place of a delivery: its source, and its number in the order of receipt. */
type Place = { readonly source: string; readonly seq: number };

/** What a delivery is a part of: a group of one receiver. */
export function deliveryGroup({ receiver, groupKey }: Delivery): string {
  return oneLine(`${receiver} ${groupKey}`, 300);
}

/**
 * Whether a later delivery of the same group was applied already: then this one does not show what the group hides now.
 * Groups that hide members store their latest delivery. For the others only their alerts show it, and only those that
 * no other group ever delivered. When in doubt the delivery counts: a mark too many goes with the next complete
 * delivery, one too few resolves an incident that still fires.
 */
export function isStaleDelivery(
  delivery: Delivery,
  { seq }: Place,
  seen: readonly ReceivedAlert[],
  known: ReadonlyMap<number, TruncationMark>,
): boolean {
  const { receiver, groupKey } = delivery;
  return (
    [...known.values()].some((mark) => mark.seq > seq) ||
    seen.some(
      ({ change }) =>
        change.kind === "ignored" &&
        change.why === "overtaken" &&
        change.alert.groupKeys.every((key) => key === groupKey) &&
        change.alert.receivers.every((name) => name === receiver),
    )
  );
}

/**
 * What is to be remembered of a group after a delivery that was not overtaken: nothing while it hides no one and never did.
 * `told` are the incidents whose mark changes. The others that wait for the whole group keep waiting from here on.
 */
export function nextTruncationMarks(
  delivery: Delivery,
  { source, seq }: Place,
  listed: readonly number[],
  known: ReadonlyMap<number, TruncationMark>,
): readonly TruncationMark[] {
  const group = deliveryGroup(delivery);
  const waiting = [...known.values()].filter(({ hidden }) => hidden > 0);
  if (delivery.truncated === 0) return waiting.map((mark) => ({ ...mark, hidden: 0, seq }));
  return [
    ...listed.map((incident) => ({ source, group, incident, hidden: delivery.truncated, seq })),
    ...waiting.filter(({ incident }) => !listed.includes(incident)).map((mark) => ({ ...mark, seq })),
  ];
}
