import { z } from "zod";
import { MINUTE_MS as m } from "#domain/values/duration.ts";
import { DurationText } from "#domain/values/yaml-values.ts";

const Name = z
  .string()
  .regex(/^[A-Za-z0-9][\w.-]{0,62}$/, "expected a name of letters, digits, dots, dashes and underscores");

/**
 * What runbooks may touch: kinds of things, the things by name, and what is true of each. An alert only ever picks a row of
 * it; what stands in the row was written by an operator.
 */
export const TargetInventory = z
  .record(Name, z.record(z.string().min(1).max(253), z.record(Name, z.string())))
  .default({});
export type TargetInventory = z.output<typeof TargetInventory>;

const HOST = "expected a host or host:port in lower case, without https://; or { host: …, private: true }";
const Host = z.string().regex(/^[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::\d{1,5})?$/, HOST);

const VARIABLE = /^[A-Z][A-Z0-9_]*$/;

/**
 * What a host asks for before it answers: a secret of the environment, in a header. A runbook names the host only, so
 * an author of runbooks chooses neither the secret nor whom it is shown to.
 */
const HostAuth = z
  .strictObject({
    header: z
      .string()
      .regex(/^[A-Za-z][A-Za-z0-9-]*$/, "expected the name of a header, such as Authorization or Fastly-Key")
      .default("Authorization"),
    /** The word before the secret; null: Bearer in Authorization, none elsewhere. */
    scheme: z
      .string()
      .regex(/^[A-Za-z][\w-]*$/, "expected one word, such as Bearer")
      .nullable()
      .default(null),
    /** With a user the secret is the password of basic authentication. */
    user: z
      .string()
      .regex(/^[^:\p{Cc}]+$/u, "expected a name without a colon")
      .nullable()
      .default(null),
    /** The variable with the secret, or whose name with _FILE has the file of it. */
    env: z.string().regex(VARIABLE, "expected the name of an environment variable, such as FASTLY_KEY"),
  })
  .refine(({ user, header, scheme }) => user === null || (/^authorization$/i.test(header) && scheme === null), {
    path: ["user"],
    error: "basic authentication stands in Authorization: leave out header and scheme",
  });
export type HostAuth = z.output<typeof HostAuth>;

/** The limits of a run, which apply to approved runs too. */
export const AutomationPolicy = z
  .strictObject({
    /** False: no runbook runs a step by itself or by approval; they are shown to people. */
    enabled: z.boolean().default(true),
    /** Steps that change systems, over all runbooks. */
    writeBudget: z
      .strictObject({ max: z.number().int().min(0).default(5), per: DurationText.default(10 * m) })
      .prefault({}),
    /** The same for each failure domain: what rows of the inventory call their `domain`, a zone or a cluster. */
    domainBudget: z
      .strictObject({ max: z.number().int().min(0).default(1), per: DurationText.default(10 * m) })
      .prefault({}),
    /** So many alerts of one name so close together are one trouble of the whole: nothing runs by itself. */
    systemic: z
      .strictObject({ alerts: z.number().int().min(2).default(5), within: DurationText.default(2 * m) })
      .prefault({}),
    /** What is of high risk is approved on the dashboard by people who have just signed in; false: a click in the chat does. */
    stepUp: z.boolean().default(true),
    /**
     * Whom `http.request` may call: `host` or `host:port`, exactly. `private`: it may be, or lead to, a private address.
     * `auth`: what it is shown.
     */
    hosts: z
      .array(
        z.union(
          [
            Host.transform((host) => ({ host, private: false, auth: null })),
            z.strictObject({
              host: Host,
              private: z.boolean().default(false),
              auth: HostAuth.nullable().default(null),
            }),
          ],
          { error: HOST },
        ),
      )
      .default([]),
    /** Programs that `exec` may start: absolute paths, so that no PATH decides. */
    commands: z
      .array(
        z.string().regex(/^(?:\/[\w.+-]+)+$/, "expected the absolute path of a program, such as /usr/local/bin/drain"),
      )
      .default([]),
    /**
     * Calls of programs that only read: `exec` with `effect: read` starts them without asking. The first text is the program's
     * absolute path; `*` stands for one argument that does not begin with a dash, all others are meant as they are.
     */
    readCommands: z
      .array(
        z
          .array(z.string().min(1).max(1000))
          .min(1)
          .max(64)
          .refine((argv) => /^(?:\/[\w.+-]+)+$/.test(argv[0] ?? ""), {
            error: "expected the absolute path of a program, such as /usr/bin/df",
            path: [0],
          }),
        { error: 'expected a list of calls, such as [["/usr/bin/df", "-h", "*"]]' },
      )
      .default([]),
    /** Functions that statements of `sql.query` may call beside those of PostgreSQL that only read: `name` or `schema.name`. */
    functions: z
      .array(
        z
          .string()
          .regex(
            /^[a-z_][a-z0-9_$]*(?:\.[a-z_][a-z0-9_$]*)?$/,
            "expected a function such as reporting.lag, in small letters",
          ),
      )
      .default([]),
    /** The databases of `sql.query` and `sql.call`; the address with its password is in the environment, not here. */
    datasources: z
      .record(
        z.string().regex(/^[A-Za-z0-9][\w.-]*(?:\/[\w.-]+)*$/, "expected a name such as orders or orders/replica"),
        z.strictObject({
          urlEnv: z
            .string()
            .regex(VARIABLE, "expected the name of an environment variable, such as ORDERS_REPLICA_URL"),
        }),
      )
      .default({}),
  })
  .prefault({});
export type AutomationPolicy = z.output<typeof AutomationPolicy>;

/** The environment variables that a policy names for what runbooks act through, each with its place in the policy. */
export function automationVariables({ hosts, datasources }: Pick<AutomationPolicy, "hosts" | "datasources">): readonly {
  readonly name: string;
  readonly path: readonly (string | number)[];
}[] {
  return [
    ...hosts.flatMap(({ auth }, i) =>
      auth === null ? [] : [{ name: auth.env, path: ["automation", "hosts", i, "auth", "env"] }],
    ),
    ...Object.entries(datasources).map(([name, { urlEnv }]) => ({
      name: urlEnv,
      path: ["automation", "datasources", name, "urlEnv"],
    })),
  ];
}
