import { nextUtcTime, formatUtcDay } from "#domain/values/instant.ts";
import { MUSTER_ACTOR } from "#domain/values/language.ts";
import type { Engine } from "#engine/base/engine.ts";
import type { SubmitCommand } from "#engine/base/submit.ts";

const DAY = 86_400_000;
/** ms after its hour in which a digest is still asked for. */
const LATEST = DAY / 2;

/** To be called now and then: asks for the digest of a day once its hour has come. Its key makes it one, however many ask. */
export function createDailyDigest(
  { clock, policy }: Pick<Engine, "clock" | "policy">,
  submit: SubmitCommand,
): () => Promise<void> {
  let asked = "";
  return async () => {
    const now = clock();
    const due = nextUtcTime(now - DAY, policy().digest.at);
    const day = formatUtcDay(due);
    if (day === asked || now - due > LATEST) return;
    await submit({
      key: `digest:${day}`,
      urgency: 4,
      weight: 1,
      actor: MUSTER_ACTOR,
      at: due,
      replyTo: null,
      evidence: null,
      body: { type: "digest.due", day },
    });
    asked = day;
  };
}
