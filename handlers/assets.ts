import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { Router } from "express";

/** The style and the script of the dashboard, by addresses that change with what is in them: browsers keep them for a year. */
export type DashboardAssets = { readonly style: string; readonly script: string; readonly router: Router };

/** Each is sent as one file; of the style's parts a later one overrides an earlier one. */
const FILES = [
  {
    kind: "style",
    parts: ["colours.css", "frame.css", "parts.css", "forms.css", "records.css", "figures.css", "screens.css"],
    extension: "css",
    type: "text/css; charset=utf-8",
  },
  { kind: "script", parts: ["muster.js"], extension: "js", type: "text/javascript; charset=utf-8" },
] as const;

/** Read once, served from memory. */
export function createAssets(): DashboardAssets {
  const router = Router();
  const addresses = { style: "", script: "" };
  for (const { kind, parts, extension, type } of FILES) {
    const body = Buffer.concat(
      parts.map((part) => readFileSync(new URL(`../src/views/assets/${part}`, import.meta.url))),
    );
    const address = `/assets/muster.${createHash("sha256").update(body).digest("hex").slice(0, 16)}.${extension}`;
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
