/** The prefix of a guard's failure, wherever its step is shown; it is stored with the step. */
const PREFIX = "guard: ";

/** Why a guard did not let its step through. */
export function composeGuardFailure(reason: string): string {
  return `${PREFIX}${reason}`;
}

/** Whether the text of a skipped step is a guard's failure. */
export function isGuardFailure(says: string): boolean {
  return says.startsWith(PREFIX);
}
