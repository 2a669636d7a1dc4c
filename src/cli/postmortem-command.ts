import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { CommandTerminal } from "#app/terminal.ts";
import { UsageError, type CommandArgs } from "./cli-command.ts";
import { callerName, MusterClient, type CallerName } from "./client.ts";
import { incidentArgument } from "./read-commands.ts";

type Text = string | null;
type Answer = {
  readonly error?: string;
  readonly written?: readonly string[];
  readonly markdown?: string;
  readonly conflicts?: readonly {
    readonly section: string;
    readonly edited: Text;
    readonly current: Text;
    readonly by: Text;
  }[];
};
type Difference = {
  readonly since: number;
  readonly version: number;
  readonly sections: readonly {
    readonly section: string;
    readonly lines: readonly { readonly sign: string; readonly text: string }[];
  }[];
};

/** A page of a Muster, and what is done about it in whose name. */
type PageTask = {
  readonly path: string;
  /** INC-n. */
  readonly id: string;
  readonly author: CallerName;
  readonly client: MusterClient;
  readonly terminal: CommandTerminal;
};

export async function postmortemCommand(
  { values, positionals }: CommandArgs,
  terminal: CommandTerminal,
): Promise<number> {
  const [id, version] = [incidentArgument(positionals.slice(0, 1)), positionals[1]];
  const ways = [values["out"] !== undefined, values["edit"], values["import"] !== undefined, values["diff"]].filter(
    (given) => given === true,
  );
  if (ways.length > 1) throw new UsageError("choose one of --out, --edit, --import and --diff");
  if (positionals.length > (values["diff"] === true ? 2 : 1))
    throw new UsageError(`"${positionals.slice(1).join(" ")}" is too much`);
  const path = `/api/incidents/${id}/postmortem`;
  const query = (more: Readonly<Record<string, string>>): string =>
    `?${new URLSearchParams({ ...(values["private"] === true ? { private: "true" } : {}), ...more }).toString()}`;
  const client = new MusterClient(values["url"], terminal.env);
  const task = { path: `${path}${query({})}`, id, author: callerName(values["as"]), client, terminal };
  if (values["diff"] === true)
    return showDifference(
      await client.getJson<Difference>(`${path}/diff${query(version === undefined ? {} : { since: version })}`),
      terminal,
    );
  if (typeof values["import"] === "string") return send(fileText(values["import"]), task);
  const format = String(values["format"]);
  if (format !== "markdown" && format !== "confluence")
    throw new UsageError(`"${format}" is no format; there are markdown and confluence`);
  if (format !== "markdown" && values["edit"] === true) throw new UsageError("what is edited is Markdown");
  const page = await (
    await client.getResponse(`${path}${query(format === "markdown" ? {} : { format })}`, "text/markdown")
  ).text();
  if (values["edit"] === true) return edit(page, task);
  const { out } = values;
  if (typeof out !== "string") terminal.printText(page);
  else {
    const folder = dirname(out);
    if (!existsSync(folder)) return terminal.reportFailure(`--out ${out}: the folder ${folder} does not exist`, 1);
    writeFileSync(out, page);
    terminal.printLine(`Written to ${out}`);
  }
  return 0;
}

async function edit(page: string, task: PageTask): Promise<number> {
  const { id, terminal } = task;
  const editor = terminal.env["VISUAL"] || terminal.env["EDITOR"];
  if (!editor) throw new UsageError("set EDITOR to the editor to open; or use --out FILE, edit it, and --import FILE");
  const directory = mkdtempSync(join(tmpdir(), "muster-"));
  const file = join(directory, `${id}-postmortem.md`);
  writeFileSync(file, page);
  // As a shell does it, because an editor may come with arguments: "code --wait".
  const { status, error } = spawnSync("sh", ["-c", `${editor} "$1"`, editor, file], {
    stdio: "inherit",
    env: terminal.env,
  });
  if (!existsSync(file)) {
    rmSync(directory, { recursive: true });
    return terminal.reportFailure(
      `${editor} took the file away; nothing was sent. Use --out FILE, edit it, and --import FILE`,
      1,
    );
  }
  const edited = readFileSync(file, "utf8");
  if (error !== undefined || status !== 0)
    return terminal.reportFailure(`${editor} did not end well; nothing was sent. What you wrote is in ${file}`, 1);
  if (edited === page) {
    rmSync(directory, { recursive: true });
    terminal.printLine("Nothing was changed.");
    return 0;
  }
  const code = await send(edited, task, stampOf(page)).catch((cause: unknown) => {
    throw new Error(`${cause instanceof Error ? cause.message : String(cause)} What you wrote is in ${file}`, {
      cause,
    });
  });
  if (code === 0) rmSync(directory, { recursive: true });
  else terminal.printLine(`What you wrote is in ${file}`);
  return code;
}

/** Sends an edited page; of a conflict, writes a file with both texts to choose from. */
async function send(
  markdown: string,
  { path, id, author, client, terminal }: PageTask,
  base?: string,
): Promise<number> {
  const body = { markdown, ...(base === undefined ? {} : { base }) };
  const { status, answer } = await client.sendAs<Answer>("PUT", path, body, author);
  if (status === 200) {
    terminal.printLine(answer.written?.length ? `Stored: ${answer.written.join(", ")}` : "Nothing was changed.");
    return 0;
  }
  if (status !== 409 || answer.conflicts === undefined)
    return terminal.reportFailure(answer.error ?? `Muster answered ${status}`, 1);
  for (const { section, edited, current, by } of answer.conflicts)
    terminal.printLine(
      `${section}: changed by ${by ?? "somebody"} too\n  yours:  ${shown(edited)}\n  stored: ${shown(current)}`,
    );
  const file = freeName(`${id}-postmortem.conflict`);
  writeFileSync(file, answer.markdown ?? "");
  return terminal.reportFailure(
    `Nothing was stored. Both texts are in ${file}: choose, take the lines with <<<<<<<, ======= and >>>>>>> out, then --import ${file}`,
    1,
  );
}

function shown(text: Text): string {
  return text === null || text === "" ? "(empty)" : text.replaceAll("\n", "\n          ");
}

/** The file of an earlier conflict may be half chosen from: it is never written over. */
function freeName(name: string): string {
  for (let n = 1; ; n++) {
    const file = `${name}${n === 1 ? "" : `-${n}`}.md`;
    if (!existsSync(file)) return file;
  }
}

/** The base of the page; an editor or its user may remove the line. */
function stampOf(page: string): string | undefined {
  return /<!-- muster:base (\S+) -->\s*$/.exec(page)?.[1];
}

function fileText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    throw new Error(
      existsSync(file)
        ? `${file} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`
        : `${file}: no such file`,
      {
        cause,
      },
    );
  }
}

function showDifference({ since, version, sections }: Difference, terminal: CommandTerminal): number {
  if (sections.length === 0)
    terminal.printLine(
      version === 0 ? "Nobody has written anything yet." : `Nothing differs between version ${since} and ${version}.`,
    );
  for (const { section, lines } of sections) {
    terminal.printLine(`=== ${section}, version ${since} → ${version}`);
    for (const { sign, text } of lines) terminal.printLine(`${sign} ${text}`);
  }
  return 0;
}
