import type { DatabaseConnection } from "#db/client.ts";
import type { RunPorts } from "#ports/action-ports.ts";
import type { SqlArgument, SqlRow } from "#ports/datasource.ts";
import type { FakeCluster, FakePorts, FakeScript } from "#runbooks/actions/action-fake.ts";
import { listFakes } from "#runbooks/actions/action-runners.ts";
import type { CaseScript } from "./case-script.ts";

type Method = (...args: unknown[]) => unknown;
type FakedMethod = { readonly uses: string; readonly method: Method };

/** Everything a runbook acts through, made of the fakes of all actions: they answer what a case has written down. */
export function scriptedPorts(script: CaseScript, connection: DatabaseConnection): RunPorts {
  const cluster: FakeCluster = { seen: null, stuck: null };
  const fakes = listFakes().map(([uses, fake]) => ({
    uses,
    ports: fake.ports(fakeScript(script, connection, uses, cluster)),
  }));
  const port = <P extends object>(name: keyof FakePorts): P =>
    scriptedPort(script, name, (method) =>
      fakes.flatMap(({ uses, ports }) => {
        const faked = (ports[name] as Readonly<Record<string, Method>> | undefined)?.[method];
        return faked === undefined ? [] : [{ uses, method: faked }];
      }),
    );
  const datasource = port<NonNullable<ReturnType<RunPorts["datasource"]>>>("datasource");
  return {
    metrics: port("metrics"),
    cluster: port("cluster"),
    logs: port("logs"),
    http: port("http"),
    processes: port("processes"),
    workflows: port("workflows"),
    datasource: () => datasource,
  };
}

/** A port whose methods are those of the fakes. Where several actions answer one method, the action of the step that asks does. */
function scriptedPort<P extends object>(
  script: CaseScript,
  name: string,
  fakesOf: (method: string) => readonly FakedMethod[],
): P {
  const own: Readonly<Record<string, unknown>> = { name: "test", ping: () => Promise.resolve() };
  return new Proxy({} as P, {
    get(_, method) {
      if (typeof method === "symbol" || method === "then") return undefined;
      if (Object.hasOwn(own, method)) return own[method];
      const [first, ...others] = fakesOf(method);
      if (first === undefined)
        return () => Promise.reject(new Error(`bug: the fake of no action answers ${name}.${method}`));
      if (others.length === 0) return first.method;
      return async (...args: unknown[]) => {
        const work = await script.work();
        const isCalled = ({ uses }: FakedMethod): boolean => {
          const request = script.askerOf(uses, work);
          return request !== null && (request.step.uses === uses || isReadingAside(request.key));
        };
        return (others.find(isCalled) ?? first).method(...args);
      };
    },
  });
}

/** The case as the fake of one action sees it. */
function fakeScript(
  script: CaseScript,
  connection: DatabaseConnection,
  uses: string,
  cluster: FakeCluster,
): FakeScript<never> {
  return {
    answer: async () => (await script.answer(uses)) as { key: string; answer: never },
    asker: () => script.asker(uses),
    peek: (key) => script.peek(key),
    // An answer has the shape of its action's `fake.answer`, which read it; this serves the fakes of all actions.
    take: (key, of = uses) => script.take(key, of) as never,
    looked: (key) => script.looked(key),
    wrong: (path, message, fix) => script.wrong(path, message, fix),
    async measured(promql, at) {
      const work = await script.work();
      const request = script.askerOf(uses, work);
      // A step may ask just what its runbook verifies: then it is its own question.
      const own =
        request?.step.uses === uses ||
        (request !== null && isReadingAside(request.key) && script.peek(request.key) !== undefined);
      return own || work === null ? null : script.measure(work, promql, at);
    },
    tryStatement: (sql, args, rows, key) => tryStatement(script, connection, { sql, args, rows, key }),
    cluster,
  };
}

type Tried = {
  readonly sql: string;
  readonly args: readonly SqlArgument[];
  readonly rows: readonly SqlRow[];
  readonly key: string;
};

/**
 * Statements are tried on a real PostgreSQL first: what it does not take is wrong, whatever the case answers. The
 * statement is the runbook's: queries of Muster's own stand in src/db.
 */
async function tryStatement(
  script: CaseScript,
  { pool }: DatabaseConnection,
  { sql, args, rows, key }: Tried,
): Promise<void> {
  try {
    const { fields } = await pool.query(`select * from (${sql.replace(/;\s*$/, "")}) as asked limit 0`, [...args]);
    const columns = fields.map((field) => field.name);
    const other = [...new Set(rows.flatMap((row) => Object.keys(row)))].filter((column) => !columns.includes(column));
    if (other.length > 0)
      script.wrong(
        ["answers", key],
        `the statement of ${key} finds no ${other.join(", ")}`,
        `it finds ${columns.join(", ")}`,
      );
  } catch (error) {
    const { code, message } = error as { code?: string; message: string };
    // Tables and functions of its own are not here.
    if (code === "42P01" || (code === "42883" && message.startsWith("function"))) return;
    script.wrong(
      ["answers", key],
      `PostgreSQL does not take the statement of ${key}: ${message}`,
      "mend it in the runbook",
    );
  }
}

/** Whether an answer is for a guard or a probe, whose action may be another than its step's. */
function isReadingAside(key: string): boolean {
  return /\.(?:guard|probe)$/.test(key);
}
