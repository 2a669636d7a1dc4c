import { vi } from "vitest";
import { NOW } from "#test/support/builders/instants.ts";

// The unit project's Date stands at the instant that the builders use, whatever day it is: libraries that read the clock
// by themselves (the emulated Slack, Bolt's check of a signature's age) then agree with the clock that tests inject.
vi.useFakeTimers({ toFake: ["Date"], now: NOW });
