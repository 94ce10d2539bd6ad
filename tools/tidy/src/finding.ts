/**
 * One thing tidy has found, and how it is shown: where, what, which rule, and the way out.
 * Knows no rule.
 */

/** A breach of a rule at one place of the repository. */
export interface Finding {
  readonly path: string;
  /** 1-based. */
  readonly line: number;
  /** Name of the rule, as `tidy-allow` comments use it. */
  readonly rule: string;
  /** What stands there, e.g. the offending import. */
  readonly what: string;
  /** What the rule says. */
  readonly why: string;
  /** What to do instead. */
  readonly wayOut: string;
}

/** A finding as three lines for the terminal. */
export function format(finding: Finding): string {
  const { path, line, rule, what, why, wayOut } = finding;
  return `${path}:${line}  ${what}\n    rule (${rule}): ${why}\n    way out: ${wayOut}`;
}
