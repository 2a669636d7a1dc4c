import type { Instant } from "#domain/values/language.ts";
import type { Alert } from "./alert.ts";

/** Where an alert stands in a list: by when it was last received, or, of a resolved one, by its end. */
export type AlertPosition = Pick<Alert, "status" | "source" | "fingerprint"> & { readonly at: Instant };

/** The position of an alert in a list. */
export function alertPosition({ status, source, fingerprint, lastSeenAt, endsAt }: Alert): AlertPosition {
  return { status, source, fingerprint, at: status === "firing" ? lastSeenAt : (endsAt ?? lastSeenAt) };
}
