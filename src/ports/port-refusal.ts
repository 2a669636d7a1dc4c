/**
 * An expected no: the world is not as the step assumed, or the policy does not allow it. Nothing was done, and asking
 * again changes nothing. `refusal` names the reason for programs, `says` names the fix for people.
 */
export type PortRefusal<Reason extends string> = {
  readonly ok: false;
  readonly refusal: Reason;
  readonly says: string;
};
