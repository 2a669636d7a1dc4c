import { z } from "zod";

// What a variable of the environment may hold. An empty one is one that is not set.

/** Settings by their names in the environment, as they are checked. */
export type SettingsSchema = z.ZodObject;

export const settingText = z.string().trim().min(1).optional();

/** Several values, with commas between them. */
export const settingList = z
  .string()
  .default("")
  .transform((value) =>
    value
      .split(",")
      .map((each) => each.trim())
      .filter((each) => each !== ""),
  );

/** An address, such as `settingUrl("http:", "https:")`. */
export const settingUrl = (...protocols: string[]) =>
  z
    .string()
    .refine((value) => URL.canParse(value) && protocols.includes(new URL(value).protocol), {
      error: `expected a URL that starts with ${protocols.map((each) => `${each}//`).join(" or ")}`,
    })
    .optional();
