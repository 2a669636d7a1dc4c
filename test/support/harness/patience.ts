/**
 * How many times longer than usual is waited before a test fails: MUSTER_TEST_PATIENCE; on CI 3, as its machine may have much else to do.
 * It makes only failures slower.
 */
export const TEST_PATIENCE = Number(process.env["MUSTER_TEST_PATIENCE"] ?? (process.env["CI"] === undefined ? 1 : 3));
