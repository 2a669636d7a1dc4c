import { afterAll, vi } from "vitest";
import { NOW } from "#test/support/builders/instants.ts";

// The unit projects' Date stands at the instant that the builders use, whatever day it is: libraries that read the clock
// by themselves (the emulated Slack, Bolt's check of a signature's age) then agree with the clock that tests inject.
// `.ci/clocks` sets MUSTER_TEST_DATE=real: Date is then the machine's, which libfaketime has moved, so that code or a
// library that reads a clock no one injected meets another day than the tests' clocks.
if (process.env["MUSTER_TEST_DATE"] !== "real") {
  vi.useFakeTimers({ toFake: ["Date"], now: NOW });
  // vitest loads the setup files again for each test file by adding Date.now() to their address: it has to have moved on.
  afterAll(() => void vi.useRealTimers());
}
