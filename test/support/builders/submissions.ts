import { createSubmission, type CommandSubmission, type SubmissionBody } from "#domain/commands/submission.ts";
import { NOW } from "./instants.ts";
import { ALICE } from "./people.ts";

/** A command as a door submits it: by Alice, urgent, now, and each time it is submitted it counts. */
export function aSubmission(body: SubmissionBody, overrides: Partial<CommandSubmission> = {}): CommandSubmission {
  return createSubmission({ key: null, urgency: 0, actor: ALICE, at: NOW, body, ...overrides });
}
