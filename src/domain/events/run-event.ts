import { z } from "zod";
import * as automation from "#domain/events/definitions/automation-events.ts";

const {
  runSuggested,
  runRequested,
  runApproved,
  runStarted,
  stepFinished,
  runOverdue,
  runUnknown,
  runSettled,
  runSucceeded,
  runFailed,
  runCanceled,
} = automation;

/** What a run reports to its incident. The zod schema is the border of the database. */
export const RunEvent = z.discriminatedUnion("type", [
  runSuggested.stored,
  runRequested.stored,
  runApproved.stored,
  runStarted.stored,
  stepFinished.stored,
  runOverdue.stored,
  runUnknown.stored,
  runSettled.stored,
  runSucceeded.stored,
  runFailed.stored,
  runCanceled.stored,
]);
export type RunEvent = z.output<typeof RunEvent>;
