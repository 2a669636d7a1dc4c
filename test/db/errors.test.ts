import { DrizzleQueryError } from "drizzle-orm/errors";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { classifyFault, errorReason } from "#db/errors.ts";

const sqlError = (code: string, message = "no"): Error => Object.assign(new Error(message), { code });

describe("an error of the database", () => {
  test.each([
    ["42501", "the database user lacks a permission"],
    ["42P01", "a table is missing in the database"],
    ["42703", "the tables of the database do not fit this version"],
    ["25006", "the database is read-only"],
    ["53100", "the disk of the database is full"],
    ["53300", "the database has no free connection"],
    ["55P03", "another process holds a lock in the database"],
    ["57P01", "the database is starting or stopping"],
    ["57P03", "the database is starting or stopping"],
    ["58030", "the database cannot use its files"],
    ["08006", "the database cannot be reached"],
    ["28P01", "the database refuses the login"],
    ["3D000", "the database refuses the login"],
    ["40P01", "transactions of the database conflict"],
    ["XX001", "the database is damaged"],
  ])("%s is an outage: %s", (code, name) => {
    // PostgreSQL's words for these name hosts and users, and strangers read them.
    const detail = /^(08|28|3D)/.test(code) ? code : `${code}: why`;
    expect(classifyFault(sqlError(code, "why"))).toMatchObject({ kind: "outage", reason: `${name} (${detail})` });
    expect(classifyFault(new DrizzleQueryError("insert …", [], sqlError(code)))).toMatchObject({ kind: "outage" });
  });

  test.each(["22001", "22P02", "22P05", "23505", "23514", "54000", "54001"])(
    "%s may be the fault of the work",
    (code) => expect(classifyFault(sqlError(code))).toMatchObject({ kind: "work", partial: true }),
  );

  test("counts as the work's by a short list of classes only: whatever else a server answers is an outage", () => {
    const letter = fc.constantFrom(..."0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ".split(""));
    fc.assert(
      fc.property(fc.tuple(letter, letter, letter, letter, letter), (letters) => {
        const code = letters.join("");
        expect(classifyFault(sqlError(code)).kind).toBe(
          ["21", "22", "23", "44", "54"].includes(code.slice(0, 2)) ? "work" : "outage",
        );
      }),
      { numRuns: 2_000 },
    );
  });

  test.each([
    sqlError("ECONNREFUSED"),
    sqlError("ECONNRESET"),
    sqlError("ENOTFOUND"),
    new AggregateError([sqlError("ECONNREFUSED", "connect ECONNREFUSED 127.0.0.1:5432")]),
    new Error("Query read timeout"),
    new Error("Connection terminated unexpectedly"),
    new Error("timeout exceeded when trying to connect"),
    new Error("the embedded database is closed"),
  ])("a connection that fails is an outage: %s", (error) =>
    expect(classifyFault(error)).toMatchObject({
      kind: "outage",
      reason: expect.stringMatching(/^the database cannot be reached \([^0-9]+\)$/) as string,
    }),
  );

  test("a mistake of ours may be the fault of the work, and any other error is of no database", () => {
    expect(classifyFault(new TypeError("x is undefined")).kind).toBe("work");
    expect(classifyFault(new Error("bug: gone round in circles"))).toMatchObject({ kind: "unknown" });
    expect(classifyFault("nothing")).toMatchObject({ kind: "unknown", reason: "nothing" });
    expect(errorReason(new DrizzleQueryError("insert …", [], sqlError("22001", "too long")))).toBe("too long");
  });
});
