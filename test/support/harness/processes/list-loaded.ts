import { writeFileSync } from "node:fs";
import { registerHooks } from "node:module";

// Imported before a program (`node --import`): writes down every module that the program loads, one URL a line, into the file
// that MUSTER_LOADED names. Node's own modules are left out: they are in the binary.
const loaded: string[] = [];
registerHooks({
  load(url, context, nextLoad) {
    if (url.startsWith("file:")) loaded.push(url);
    return nextLoad(url, context);
  },
});
process.on("exit", () => writeFileSync(process.env["MUSTER_LOADED"]!, loaded.join("\n")));
