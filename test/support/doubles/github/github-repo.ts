import { createHash } from "node:crypto";
import { z } from "zod";

/** https://docs.github.com/en/rest/git/refs, repos/contents, pulls/pulls: whatever is not here is refused, so that a slip shows. */
const NewRef = z.strictObject({ ref: z.string().regex(/^refs\/heads\/[\w./-]+$/), sha: z.string().length(40) });
const MovedRef = z.strictObject({ sha: z.string().length(40), force: z.literal(true) });
const NewContent = z.strictObject({
  message: z.string().min(1),
  content: z.base64(),
  branch: z.string().optional(),
  sha: z.string().length(40).optional(),
});
const NewPull = z.strictObject({
  title: z.string().min(1).max(256),
  head: z.string().min(1),
  base: z.string().min(1),
  body: z.string().max(65_536).optional(),
});

type Commit = { readonly sha: string; readonly message: string; readonly files: ReadonlyMap<string, string> };
export type GitHubPull = {
  readonly number: number;
  readonly title: string;
  readonly head: string;
  readonly base: string;
  state: "open" | "closed";
  mergedAt: string | null;
  /** Of its branch when it was merged. */
  tip: string | null;
};
type Reply = { readonly status: number; readonly body: unknown };

const sha = (text: string): string => createHash("sha1").update(text).digest("hex");
const invalid = (message: string): Reply => ({ status: 422, body: { message, errors: [], status: "422" } });
const missing: Reply = { status: 404, body: { message: "Not Found", status: "404" } };

/** Branches with files, and pull requests between them. */
export class GitHubRepo {
  readonly branches = new Map<string, Commit[]>();
  readonly pulls: GitHubPull[] = [];
  readonly violations: string[] = [];
  readonly #name: string;

  constructor(name: string) {
    this.#name = name;
    this.reset();
  }

  reset(): void {
    this.branches.clear();
    this.pulls.length = 0;
    this.violations.length = 0;
    this.branches.set("main", [{ sha: sha("first"), message: "first", files: new Map() }]);
  }

  /** What stands in a file of a branch. */
  file(branch: string, path: string): string | undefined {
    return this.branches.get(branch)?.at(-1)?.files.get(path);
  }

  /** As someone does it on the page of the file. */
  commit(branch: string, path: string, text: string, message: string): void {
    const all = this.branches.get(branch)!;
    const last = all.at(-1)!;
    all.push({ sha: sha(`${last.sha} ${message} ${text}`), message, files: new Map([...last.files, [path, text]]) });
  }

  /** `how`: "squash" makes one commit of it, and leaves the branch where it is. */
  merge(number: number, how: "merge" | "squash" = "merge"): void {
    const pull = this.pulls[number - 1]!;
    for (const [path, text] of this.branches.get(pull.head)!.at(-1)!.files)
      this.commit(pull.base, path, text, `Merge #${number}`);
    Object.assign(pull, {
      state: "closed",
      mergedAt: "2026-11-22T09:00:00Z",
      tip: this.branches.get(pull.head)!.at(-1)!.sha,
    });
    if (how === "merge") this.branches.delete(pull.head);
  }

  /** null: not one of ours. */
  answer(method: string, rest: string, query: URLSearchParams, text: string): Reply | null {
    const ref = /^\/git\/ref\/heads(?:\/|%2F)(.+)$/.exec(rest);
    if (ref !== null && method === "GET") {
      const tip = this.branches.get(decodeURIComponent(ref[1]!))?.at(-1);
      return tip === undefined
        ? missing
        : { status: 200, body: { ref: ref[1], object: { type: "commit", sha: tip.sha } } };
    }
    if (rest === "/git/refs" && method === "POST") return this.#newRef(text);
    const old = /^\/git\/refs\/heads(?:\/|%2F)(.+)$/.exec(rest);
    if (old !== null && method === "PATCH") return this.#moveRef(decodeURIComponent(old[1]!), text);
    const contents = /^\/contents\/(.+)$/.exec(rest);
    if (contents !== null) {
      const path = decodeURIComponent(contents[1]!);
      return method === "PUT"
        ? this.#write(path, text)
        : method === "GET"
          ? this.#read(path, query.get("ref") ?? "main")
          : null;
    }
    if (rest === "/commits" && method === "GET") return this.#commits(query);
    if (rest === "/pulls") return method === "POST" ? this.#newPull(text) : this.#pulls(query);
    return null;
  }

  #parsed<T>(schema: z.ZodType<T>, text: string): T | null {
    const parsed = schema.safeParse(JSON.parse(text));
    if (parsed.success) return parsed.data;
    this.violations.push(z.prettifyError(parsed.error));
    return null;
  }

  #newRef(text: string): Reply {
    const wanted = this.#parsed(NewRef, text);
    if (wanted === null) return invalid("Invalid request.");
    const name = wanted.ref.slice("refs/heads/".length);
    if (this.branches.has(name)) return invalid("Reference already exists");
    const from = [...this.branches.values()].find((all) => all.some((commit) => commit.sha === wanted.sha));
    if (from === undefined) return invalid("Object does not exist");
    this.branches.set(name, from.slice(0, from.findIndex((commit) => commit.sha === wanted.sha) + 1));
    return { status: 201, body: { ref: wanted.ref, object: { type: "commit", sha: wanted.sha } } };
  }

  #moveRef(name: string, text: string): Reply {
    const wanted = this.#parsed(MovedRef, text);
    if (wanted === null || !this.branches.delete(name)) return invalid("Reference does not exist");
    return { ...this.#newRef(JSON.stringify({ ref: `refs/heads/${name}`, sha: wanted.sha })), status: 200 };
  }

  #read(path: string, branch: string): Reply {
    const text = this.file(branch, path);
    if (text === undefined) return missing;
    // GitHub breaks base64 into lines.
    const content = Buffer.from(text).toString("base64").replace(/.{60}/g, "$&\n");
    return { status: 200, body: { type: "file", encoding: "base64", path, content, sha: sha(`blob ${text}`) } };
  }

  #write(path: string, text: string): Reply {
    const wanted = this.#parsed(NewContent, text);
    if (wanted === null) return invalid("Invalid request.");
    const branch = wanted.branch ?? "main";
    if (!this.branches.has(branch)) return missing;
    const there = this.file(branch, path);
    if (there !== undefined && wanted.sha === undefined) return invalid(`Invalid request.\n\n"sha" wasn't supplied.`);
    if (there !== undefined && wanted.sha !== sha(`blob ${there}`))
      return { status: 409, body: { message: `${path} does not match ${wanted.sha}` } };
    const written = Buffer.from(wanted.content, "base64").toString("utf8");
    this.commit(branch, path, written, wanted.message);
    return {
      status: there === undefined ? 201 : 200,
      body: { content: { path, sha: sha(`blob ${written}`) }, commit: { sha: this.branches.get(branch)!.at(-1)!.sha } },
    };
  }

  #commits(query: URLSearchParams): Reply {
    const [all, path] = [this.branches.get(query.get("sha") ?? "main") ?? [], query.get("path")];
    const touching = all
      .filter((commit, i) => path === null || commit.files.get(path) !== all[i - 1]?.files.get(path))
      .toReversed();
    return {
      status: 200,
      body: touching
        .slice(0, Number(query.get("per_page") ?? 30))
        .map((each) => ({ sha: each.sha, commit: { message: each.message } })),
    };
  }

  #shown({ number, title, state, mergedAt, head, tip }: GitHubPull): object {
    const sha = tip ?? this.branches.get(head)?.at(-1)?.sha ?? "";
    return {
      number,
      title,
      state,
      merged_at: mergedAt,
      head: { ref: head, sha },
      html_url: `https://github.example/${this.#name}/pull/${number}`,
    };
  }

  #pulls(query: URLSearchParams): Reply {
    const [state, head] = [query.get("state") ?? "open", query.get("head")];
    if (head !== null && !head.includes(":")) this.violations.push(`head ${head}: GitHub ignores it without its owner`);
    const found = this.pulls.filter(
      (pull) =>
        (state === "all" || pull.state === state) && (head === null || pull.head === head.slice(head.indexOf(":") + 1)),
    );
    return { status: 200, body: found.toReversed().map((pull) => this.#shown(pull)) };
  }

  #newPull(text: string): Reply {
    const wanted = this.#parsed(NewPull, text);
    if (wanted === null) return invalid("Invalid request.");
    const [head, base] = [this.branches.get(wanted.head), this.branches.get(wanted.base)];
    if (head === undefined || base === undefined) return invalid("Validation Failed");
    if (this.pulls.some((pull) => pull.state === "open" && pull.head === wanted.head))
      return invalid("A pull request already exists");
    if (head.at(-1)!.sha === base.at(-1)!.sha) return invalid("No commits between main and it");
    const pull: GitHubPull = {
      number: this.pulls.length + 1,
      title: wanted.title,
      head: wanted.head,
      base: wanted.base,
      state: "open",
      mergedAt: null,
      tip: null,
    };
    this.pulls.push(pull);
    return { status: 201, body: this.#shown(pull) };
  }
}
