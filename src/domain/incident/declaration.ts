import { z } from "zod";
import { PRIORITIES } from "#domain/values/language.ts";

/** What a person says when they declare an incident; only the title is asked of them. */
export const Declaration = z.object({
  title: z.string(),
  priority: z.enum(PRIORITIES).nullable(),
  service: z.string().nullable(),
  summary: z.string().nullable(),
  private: z.boolean(),
  /** false: no one is paged; who declares it has them in the room already. */
  page: z.boolean(),
  drill: z.boolean(),
});
export type Declaration = z.output<typeof Declaration>;
