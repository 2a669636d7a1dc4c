import { expect } from "vitest";
import { PortError } from "#ports/port-error.ts";

/** The PortError that a piece of work ends with; a test fails when it ends otherwise. */
export async function portErrorOf(work: Promise<unknown>): Promise<PortError> {
  const error = await work.then(
    () => null,
    (caught: unknown) => caught,
  );
  expect(error).toBeInstanceOf(PortError);
  return error as PortError;
}
