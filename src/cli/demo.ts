import type { Command } from "./command.ts";
export const demo: Command = { name: "demo", usage: "demo [--exit]", summary: "", options: {}, run: () => Promise.resolve(1) };
