// npm run licenses: writes docs/licenses.md anew.
import { writeFileSync } from "node:fs";
import { licensesPage } from "./supply-chain.mjs";

writeFileSync("docs/licenses.md", licensesPage());
