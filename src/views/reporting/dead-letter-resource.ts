import { deadLetterId, type DeadLetter } from "#domain/reporting/dead-letter.ts";
import { formatIso } from "#domain/values/instant.ts";
import { incidentId } from "#domain/values/language.ts";

/** A dead letter as the API shows it. */
export type PresentedDeadLetter = {
  readonly id: string;
  readonly kind: "command" | "effect";
  readonly type: string;
  readonly incident: string | null;
  readonly private: boolean;
  readonly from: string;
  readonly at: string;
  readonly attempts: number;
  readonly reason: string;
};

/** `open`: also which private incident it is about, and the reason, which may quote it. */
export function presentDeadLetter(letter: DeadLetter, open: boolean): PresentedDeadLetter {
  const { kind, type, incident, private: hidden, from, at, attempts, reason } = letter;
  const shown = open || !hidden;
  return {
    id: deadLetterId(letter),
    kind,
    type,
    incident: shown && incident !== null ? incidentId(incident) : null,
    private: hidden,
    from,
    at: formatIso(at),
    attempts,
    reason: shown ? reason : "of a private incident",
  };
}
