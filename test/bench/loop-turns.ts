import { writeFileSync } from "node:fs";

// Loaded into a process under measurement (`--import`): a first SIGUSR2 begins, the next one ends and writes how long the
// longest turn of the event loop was, in ms of CPU time: what another program takes of the machine is no part of it.

/** Looks come once a turn at the most, and so often that one is due in every turn of some length. */
const EVERY_MS = 2;
const cpuMs = (): number => {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1_000;
};

let looks: NodeJS.Timeout | null = null;
let longest = 0;
process.on("SIGUSR2", () => {
  if (looks === null) {
    let last = cpuMs();
    longest = 0;
    looks = setInterval(() => {
      const now = cpuMs();
      longest = Math.max(longest, now - last);
      last = now;
    }, EVERY_MS);
  } else {
    clearInterval(looks);
    looks = null;
    writeFileSync(process.env["LOOP_TURNS_FILE"]!, String(Math.round(longest)));
  }
});
