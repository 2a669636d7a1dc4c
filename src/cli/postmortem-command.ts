import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { dirname, join } from "node:path";
import { printLine } from "#app/terminal.ts";
import { reportFailure, UsageError, type CommandArgs, type CliCommand } from "./cli-command.ts";
import { getResponse, getJson, putJson } from "./client.ts";
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

export const postmortemCommand: CliCommand = {
  name: "postmortem",
  usage:
    "postmortem INC-n [--format markdown|confluence] [--out FILE | --edit | --import FILE | --diff [VERSION]] [--as NAME] [--url URL]",
  summary: "The postmortem as Markdown; edit it, bring an edited file back, see what people changed.",
  details:
    "\n  --out FILE      into a file instead of to the terminal\n  --format confluence  in Confluence's storage format\n  --edit          opens $VISUAL or $EDITOR, and sends what you changed\n  --import FILE   sends what was changed in a file that --out wrote\n  --diff [VERSION] what people changed since that version of the page, else in the last one\n\nWhat somebody else changed meanwhile is never written over: both texts are shown, and you choose.\n",
  options: {
    out: { type: "string" },
    format: { type: "string", default: "markdown" },
    edit: { type: "boolean", default: false },
    import: { type: "string" },
    diff: { type: "boolean", default: false },
    as: { type: "string" },
    url: { type: "string" },
  },
  async run({ values, positionals }) {
    const [id, version] = [incidentArgument(positionals.slice(0, 1)), positionals[1]];
    const ways = [values["out"] !== undefined, values["edit"], values["import"] !== undefined, values["diff"]].filter(
      (given) => given === true,
    );
    if (ways.length > 1) throw new UsageError("choose one of --out, --edit, --import and --diff");
    if (positionals.length > (values["diff"] === true ? 2 : 1))
      throw new UsageError(`"${positionals.slice(1).join(" ")}" is too much`);
    const path = `/api/incidents/${id}/postmortem`;
    if (values["diff"] === true)
      return showDifference(
        await getJson<Difference>(`${path}/diff${version === undefined ? "" : `?since=${version}`}`, values["url"]),
      );
    if (typeof values["import"] === "string") return send(path, id, fileText(values["import"]), values);
    const format = String(values["format"]);
    if (format !== "markdown" && format !== "confluence")
      throw new UsageError(`"${format}" is no format; there are markdown and confluence`);
    if (format !== "markdown" && values["edit"] === true) throw new UsageError("what is edited is Markdown");
    const page = await (
      await getResponse(format === "markdown" ? path : `${path}?format=${format}`, values["url"], "text/markdown")
    ).text();
    if (values["edit"] === true) return edit(path, id, page, values);
    const { out } = values;
    if (typeof out !== "string") process.stdout.write(page);
    else {
      const folder = dirname(out);
      if (!existsSync(folder)) return reportFailure(`--out ${out}: the folder ${folder} does not exist`, 1);
      writeFileSync(out, page);
      printLine(`Written to ${out}`);
    }
    return 0;
  },
};

async function edit(path: string, id: string, page: string, values: CommandArgs["values"]): Promise<number> {
  const editor = process.env["VISUAL"] || process.env["EDITOR"];
  if (!editor) throw new UsageError("set EDITOR to the editor to open; or use --out FILE, edit it, and --import FILE");
  const directory = mkdtempSync(join(tmpdir(), "muster-"));
  const file = join(directory, `${id}-postmortem.md`);
  writeFileSync(file, page);
  // As a shell does it, because an editor may come with arguments: "code --wait".
  const { status, error } = spawnSync("sh", ["-c", `${editor} "$1"`, editor, file], { stdio: "inherit" });
  if (!existsSync(file))
    return reportFailure(
      `${editor} took the file away; nothing was sent. Use --out FILE, edit it, and --import FILE`,
      1,
    );
  const edited = readFileSync(file, "utf8");
  if (error !== undefined || status !== 0)
    return reportFailure(`${editor} did not end well; nothing was sent. What you wrote is in ${file}`, 1);
  if (edited === page) {
    rmSync(directory, { recursive: true });
    printLine("Nothing was changed.");
    return 0;
  }
  const code = await send(path, id, edited, values, stampOf(page)).catch((cause: unknown) => {
    throw new Error(`${cause instanceof Error ? cause.message : String(cause)} What you wrote is in ${file}`, {
      cause,
    });
  });
  if (code === 0) rmSync(directory, { recursive: true });
  else printLine(`What you wrote is in ${file}`);
  return code;
}

/** Sends an edited page; of a conflict, writes a file with both texts to choose from. */
async function send(
  path: string,
  id: string,
  markdown: string,
  values: CommandArgs["values"],
  base?: string,
): Promise<number> {
  const as = values["as"] ?? userInfo().username;
  const { status, answer } = await putJson<Answer>(
    path,
    { markdown, as, ...(base === undefined ? {} : { base }) },
    values["url"],
  );
  if (status === 200) {
    printLine(answer.written?.length ? `Stored: ${answer.written.join(", ")}` : "Nothing was changed.");
    return 0;
  }
  if (status !== 409 || answer.conflicts === undefined)
    return reportFailure(answer.error ?? `Muster answered ${status}`, 1);
  for (const { section, edited, current, by } of answer.conflicts)
    printLine(
      `${section}: changed by ${by ?? "somebody"} too\n  yours:  ${shown(edited)}\n  stored: ${shown(current)}`,
    );
  const file = freeName(`${id}-postmortem.conflict`);
  writeFileSync(file, answer.markdown ?? "");
  return reportFailure(
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

function showDifference({ since, version, sections }: Difference): number {
  if (sections.length === 0)
    printLine(
      version === 0 ? "Nobody has written anything yet." : `Nothing differs between version ${since} and ${version}.`,
    );
  for (const { section, lines } of sections) {
    printLine(`=== ${section}, version ${since} → ${version}`);
    for (const { sign, text } of lines) printLine(`${sign} ${text}`);
  }
  return 0;
}
