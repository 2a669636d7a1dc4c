import type { Reporter, TestModule } from "vitest/node";

/** Names at the end of a run the tests that passed only at a second attempt, each with why the first one failed. */
export class RetriedTests implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    for (const module of modules)
      for (const test of module.children.allTests("passed")) {
        const { retryCount = 0 } = test.diagnostic() ?? {};
        if (retryCount === 0) continue;
        console.warn(`TRIED TWICE: ${module.relativeModuleId} > ${test.fullName}`);
        for (const { message, stack } of test.result().errors ?? []) console.warn(message, stack ?? "");
      }
  }
}
