import { z } from "zod";
import { PRIORITIES } from "#domain/values/language.ts";

/** The input of a declaration; only the title is required. */
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
