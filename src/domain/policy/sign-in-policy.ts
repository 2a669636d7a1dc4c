import { z } from "zod";

const GroupNames = z.array(z.string().min(1).max(200));

/** What the policy sets for people who sign in with an account of an OpenID Connect provider. */
export const SignInPolicy = z
  .strictObject({
    /** The provider's groups whose people may sign in; none: everyone whom the provider lets in. */
    allow: GroupNames.default([]),
    /** Which groups of the provider a group of `permissions` and of `approve.from` stands for, besides the chat's own of that name. */
    groups: z.record(z.string().regex(/^@[\w.-]+$/, "expected a group such as @sre-leads"), GroupNames).default({}),
  })
  .prefault({});
