import { chromium, type Browser } from "playwright-core";
import { findProgram } from "./child-process.ts";

/** The program; null without it. */
export const browserProgram = (): string | null => findProgram("chromium");

const FLAGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** A real Chromium without a window; Playwright gives it a profile of its own and takes that away again. */
export function startBrowser(): Promise<Browser> {
  const program = browserProgram();
  if (program === null) throw new Error("Chromium is not installed (apt-get install chromium)");
  return chromium.launch({ executablePath: program, args: FLAGS });
}
