import { checkRunbookFiles, type RunbookFile } from "#runbooks/index.ts";

// A process of its own: it is sent files, answers what is wrong with them, and ends (runbook-lint-process.ts).

process.once("message", (files) => {
  void checkRunbookFiles(files as readonly RunbookFile[]).then((checked) => {
    process.send!(checked, () => process.disconnect());
  });
});
