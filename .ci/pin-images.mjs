// node .ci/pin-images.mjs: writes the digest behind each image of Dockerfile and docker-compose.yml beside its tag, so that
// what was tried is what is built. It asks the registry through Docker, and changes nothing when it gets no answer.
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";

const IMAGE = /^(\s*(?:FROM|image:) )([\w./-]+:[\w.-]+)(?:@sha256:[0-9a-f]{64})?(.*)$/gm;

function digestOf(image) {
  const args = ["buildx", "imagetools", "inspect", image, "--format", "{{.Manifest.Digest}}"];
  const digest = execFileSync("docker", args, { encoding: "utf8", timeout: 60_000 }).trim();
  if (!/^sha256:[0-9a-f]{64}$/.test(digest)) throw new Error(`no digest of ${image}: ${digest}`);
  return digest;
}

const known = new Map();
const written = ["Dockerfile", "docker-compose.yml"].map((file) => [
  file,
  readFileSync(file, "utf8").replace(IMAGE, (_, before, image, after) => {
    if (!known.has(image)) known.set(image, digestOf(image));
    return `${before}${image}@${known.get(image)}${after}`;
  }),
]);
for (const [file, text] of written) writeFileSync(file, text);
for (const [image, digest] of known) process.stdout.write(`${image} is ${digest}\n`);
