import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { Router } from "express";

/** The style and the script of the dashboard, by addresses that change with what is in them: browsers keep them for a year. */
export type DashboardAssets = { readonly style: string; readonly script: string; readonly router: Router };

const FILES = [
  { kind: "style", name: "muster", extension: "css", type: "text/css; charset=utf-8" },
  { kind: "script", name: "muster", extension: "js", type: "text/javascript; charset=utf-8" },
] as const;

/** Read once, served from memory. */
export function createAssets(): DashboardAssets {
  const router = Router();
  const addresses = { style: "", script: "" };
  for (const { kind, name, extension, type } of FILES) {
    const body = readFileSync(new URL(`../src/views/assets/${name}.${extension}`, import.meta.url));
    const address = `/assets/${name}.${createHash("sha256").update(body).digest("hex").slice(0, 16)}.${extension}`;
    addresses[kind] = address;
    router.get(
      address,
      (_, response) =>
        void response
          .set({
            "content-type": type,
            "cache-control": "public, max-age=31536000, immutable",
            "x-content-type-options": "nosniff",
          })
          .send(body),
    );
  }
  return { ...addresses, router };
}
