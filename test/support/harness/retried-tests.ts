import type { Reporter, TestModule } from "vitest/node";

/**
 * On a machine of CI a test that fails is tried once more, and the report names it as tried twice: there no one can look
 * why one of thousands failed on a busy server. A person who runs the tests sees each failure.
 */
export const RETRIES = process.env["CI"] === undefined ? 0 : 1;

/** Names at the end of a run the tests that passed only at a second attempt, each with why the first one failed. */
export class RetriedTests implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    for (const module of modules)
      for (const test of module.children.allTests("passed")) {
        const { retryCount = 0 } = test.diagnostic() ?? {};
        if (retryCount === 0) continue;
        const causes = (test.result().errors ?? []).map(({ message, stack }) => `${message} ${stack ?? ""}\n`);
        process.stderr.write(`TRIED TWICE: ${module.relativeModuleId} > ${test.fullName}\n${causes.join("")}`);
      }
  }
}
