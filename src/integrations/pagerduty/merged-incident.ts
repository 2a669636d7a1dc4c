import { z } from "zod";

/** https://developer.pagerduty.com/api-reference: `ResolveReason` of an incident; this is the only kind. */
const ResolveReason = z.object({
  type: z.literal("merge_resolve_reason"),
  incident: z.object({ id: z.string().regex(/^\w{1,64}$/), summary: z.string().nullish() }),
});

/** The incident of PagerDuty that an incident was merged into, by its id there; null when it was resolved in another way. */
export function readMerge(
  data: Readonly<Record<string, unknown>> | null | undefined,
): { readonly id: string; readonly summary: string } | null {
  const parsed = ResolveReason.safeParse(data?.["resolve_reason"]);
  if (!parsed.success) return null;
  const { id, summary } = parsed.data.incident;
  return { id, summary: summary ?? id };
}
