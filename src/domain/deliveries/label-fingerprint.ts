import type { AlertLabels } from "#domain/values/alert-labels.ts";

/**
 * The fingerprint that Alertmanager gives to labels: FNV-1a of 64 bits over the names in the order of their bytes and
 * their values, each followed by a byte 0xff, as 16 hex digits (prometheus/common, model/signature.go).
 */
export function labelFingerprint(labels: AlertLabels): string {
  const hash = new Fnv1a();
  const encoder = new TextEncoder();
  const pairs = Object.keys(labels).map((name) => [encoder.encode(name), encoder.encode(labels[name])] as const);
  for (const [name, value] of pairs.toSorted(([a], [b]) => compareBytes(a, b))) {
    hash.add(name);
    hash.add(SEPARATOR);
    hash.add(value);
    hash.add(SEPARATOR);
  }
  return hash.hex();
}

const SEPARATOR = Uint8Array.of(0xff);

function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const shared = Math.min(a.length, b.length);
  for (let i = 0; i < shared; i++) if (a[i] !== b[i]) return a[i]! - b[i]!;
  return a.length - b.length;
}

/** 64 bits as two numbers: bigints would cost a sender of many alerts a second. */
class Fnv1a {
  #high = 0xcbf29ce4;
  #low = 0x84222325;

  add(bytes: Uint8Array): void {
    for (const byte of bytes) {
      const low = (this.#low ^ byte) >>> 0;
      // Times the prime 2^40 + 0x1b3, modulo 2^64.
      const product = low * 0x1b3;
      this.#high = (this.#high * 0x1b3 + Math.floor(product / 2 ** 32) + ((low << 8) >>> 0)) >>> 0;
      this.#low = product >>> 0;
    }
  }

  hex(): string {
    return [this.#high, this.#low].map((part) => part.toString(16).padStart(8, "0")).join("");
  }
}
