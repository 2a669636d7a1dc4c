// npm run advisories: known advisories against production packages. Fails when there are some. Where the registry cannot be
// asked it says that nothing was checked, and fails nothing: a build must not need the network's leave.
import { askAdvisories } from "./supply-chain.mjs";

const { total, says } = askAdvisories();
process.stdout.write(`advisories: ${says}\n`);
if (total > 0) process.exitCode = 1;
