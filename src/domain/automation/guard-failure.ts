/** What a guard's failure is told as, wherever its step is told of; it is stored with the step. */
const PREFIX = "guard: ";

/** Why a guard did not let its step through. */
export function composeGuardFailure(reason: string): string {
  return `${PREFIX}${reason}`;
}

/** Whether what is said of a step that was skipped is that its guard did not let it through. */
export function isGuardFailure(says: string): boolean {
  return says.startsWith(PREFIX);
}
