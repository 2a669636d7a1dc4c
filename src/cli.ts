#!/usr/bin/env -S node --max-semi-space-size=8 --heap-growing-percent=40
import { enableCompileCache } from "node:module";
import { applyNodeFlags } from "#cli/worker/node-flags.ts";
import { resolveQuickly } from "#cli/worker/quick-resolution.ts";

// The flags above keep the memory small: V8 sizes its nursery by the machine, and lets the rest of the heap grow to several
// times what is in use. They only work from the command line, so package.json and the Dockerfile repeat them. What takes a
// storm becomes itself once more with others.
applyNodeFlags(process.argv.slice(2), process.env);

// What TypeScript and the packages were compiled to is kept, before anything else is loaded: the second start takes two thirds of the first.
enableCompileCache();
resolveQuickly();

// Loading takes a while, and a SIGHUP meanwhile ("read the policy again") must not end a Muster that has yet to read it.
if (process.argv[2] === "start") process.on("SIGHUP", () => {});

const { runCommandLine } = await import("#cli/command-line.ts");
const { CommandTerminal } = await import("#app/terminal.ts");
const terminal = new CommandTerminal(process.env, process.stdout, process.stderr);
process.exitCode = await runCommandLine(process.argv.slice(2), terminal);
