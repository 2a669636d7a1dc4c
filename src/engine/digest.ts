import { nextUtc, utcDay } from "#domain/instant.ts";
import { MUSTER } from "#domain/language.ts";
import type { Engine } from "./engine.ts";
import type { Submit } from "./submit.ts";

const DAY = 86_400_000;
/** ms after its hour in which a digest is still asked for. */
const LATEST = DAY / 2;

/** To be called now and then: asks for the digest of a day once its hour has come. Its key makes it one, however many ask. */
export function createDigest({ clock, policy }: Pick<Engine, "clock" | "policy">, submit: Submit): () => Promise<void> {
  let asked = "";
  return async () => {
    const now = clock();
    const due = nextUtc(now - DAY, policy().digest.at);
    const day = utcDay(due);
    if (day === asked || now - due > LATEST) return;
    await submit({ key: `digest:${day}`, urgency: 4, weight: 1, actor: MUSTER, at: due, replyTo: null, evidence: null, body: { type: "digest.due", day } });
    asked = day;
  };
}
