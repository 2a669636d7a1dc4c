#!/usr/bin/env node
import { enableCompileCache } from "node:module";
import { setFlagsFromString } from "node:v8";

// Both must come before anything else is loaded, so the rest is imported below.
// What TypeScript and the packages were compiled to is kept: the second start takes two thirds of the first.
enableCompileCache();
// Node sizes its nursery by the machine; a service that handles small things fast needs little of it.
setFlagsFromString("--max-semi-space-size=8");

const { main } = await import("./cli/main.ts");
process.exitCode = await main(process.argv.slice(2));
