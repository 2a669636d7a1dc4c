/** What is wrong, the folder it is planted in, the code, and the rule that must find it. */
export type LintFault = readonly [what: string, folder: string, text: string, rule: string];
