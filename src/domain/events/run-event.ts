import { z } from "zod";
import * as automation from "#domain/events/definitions/automation-events.ts";

type Definitions = (typeof automation)[keyof typeof automation];
type Stored = Definitions["stored"];

const DEFINITIONS: readonly Definitions[] = Object.values(automation);

/** What a run reports to its incident: every event of that file. The zod schema is the border of the database. */
export const RunEvent = z.discriminatedUnion(
  "type",
  DEFINITIONS.map(({ stored }) => stored) as unknown as readonly [Stored, ...Stored[]],
);
export type RunEvent = z.output<typeof RunEvent>;

type CallsPeople = { callsPeople(fact: { readonly data: object }): boolean };
const BY_TYPE: ReadonlyMap<string, CallsPeople> = new Map(
  DEFINITIONS.map((definition) => [definition.type, definition as CallsPeople]),
);

/** Whether a person must do something now, after what a run reports. */
export function callsPeople(news: RunEvent): boolean {
  return BY_TYPE.get(news.type)!.callsPeople(news);
}
