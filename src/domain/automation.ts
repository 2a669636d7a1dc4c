import { z } from "zod";
import { Duration } from "./written.ts";

const m = 60_000;
const Name = z.string().regex(/^[A-Za-z0-9][\w.-]{0,62}$/, "expected a name of letters, digits, dots, dashes and underscores");

const Host = z.string().regex(/^[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::\d{1,5})?$/, "expected a host or host:port in lower case, without https://");

/**
 * What runbooks may touch: kinds of things, the things by name, and what is true of each. An alert only ever picks a row of
 * it; what stands in the row was written by an operator.
 */
export const Inventory = z.record(Name, z.record(z.string().min(1).max(253), z.record(Name, z.string()))).default({});
export type Inventory = z.output<typeof Inventory>;

/** What a runbook that runs may do at most, whoever approved it. */
export const Automation = z
  .strictObject({
    /** False: no runbook runs a step by itself or by approval; they are shown to people. */
    enabled: z.boolean().default(true),
    /** Steps that change systems, over all runbooks. */
    writeBudget: z.strictObject({ max: z.number().int().min(0).default(5), per: Duration.default(10 * m) }).prefault({}),
    /** So many alerts of one name so close together are one trouble of the whole: nothing runs by itself. */
    systemic: z.strictObject({ alerts: z.number().int().min(2).default(5), within: Duration.default(2 * m) }).prefault({}),
    /** Whom `http.request` may call: `host` or `host:port`, exactly. */
    hosts: z.array(Host).default([]),
    /** Those of them that live in a private network: at any other name, an address of one is refused. */
    privateHosts: z.array(Host).default([]),
    /** What `exec` may start: absolute paths, so that no PATH decides. */
    commands: z.array(z.string().regex(/^(?:\/[\w.+-]+)+$/, "expected the absolute path of a program, such as /usr/local/bin/drain")).default([]),
    /** The databases of `sql.query` and `sql.call`; the address with its password is in the environment, not here. */
    datasources: z
      .record(
        z.string().regex(/^[A-Za-z0-9][\w.-]*(?:\/[\w.-]+)*$/, "expected a name such as orders or orders/replica"),
        z.strictObject({ urlEnv: z.string().regex(/^[A-Z][A-Z0-9_]*$/, "expected the name of an environment variable, such as ORDERS_REPLICA_URL") }),
      )
      .default({}),
  })
  .prefault({});
export type Automation = z.output<typeof Automation>;
