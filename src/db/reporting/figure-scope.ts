import { sql, type SQL } from "drizzle-orm";
import type { Instant } from "#domain/values/language.ts";

/** Which incidents count: opened in [from, to), of one service or of all. `private`: those too that not everyone may see. */
export type FigureScope = {
  readonly from: Instant;
  readonly to: Instant;
  readonly service: string | null;
  readonly private: boolean;
};

/** The incidents that may be seen and count at all, whenever they were opened. */
export function countedSql({ service, private: all }: Pick<FigureScope, "service" | "private">): SQL {
  return sql`counted${all ? sql`` : sql` and not private`}${service === null ? sql`` : sql` and service = ${service}`}`;
}

/** The incidents of a scope. */
export function scopeSql(scope: FigureScope): SQL {
  return sql`${countedSql(scope)} and opened_at >= ${scope.from} and opened_at < ${scope.to}`;
}
