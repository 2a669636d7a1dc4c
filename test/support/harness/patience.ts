/** How many times longer than usual is waited before a test fails: MUSTER_TEST_PATIENCE, for a machine that has much else to do. */
export const TEST_PATIENCE = Number(process.env["MUSTER_TEST_PATIENCE"] ?? 1);
