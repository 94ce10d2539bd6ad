/**
 * Exceptions, each argued in one line: `// tidy-allow RULE: why` on the line of the finding or the one above it,
 * or within the first 20 lines as `// tidy-allow-file RULE: why`.
 * An exception without a reason, or one that excuses nothing, is a finding itself.
 */
import type { Finding } from './finding.ts';
import type { SourceFile } from './source.ts';

interface Exception {
  readonly path: string;
  readonly line: number;
  readonly rule: string;
  readonly wholeFile: boolean;
  readonly reason: string;
}

const PATTERN = /^\s*tidy-allow(-file)?\s+([a-z-]+)\s*:?\s*(.*?)\s*$/;

function exceptionsOf(file: SourceFile): Exception[] {
  const found: Exception[] = [];
  for (const comment of file.comments) {
    const match = PATTERN.exec(comment.value);
    if (match === null) continue;
    const line = file.lineAt(comment.start);
    const [, wholeFile, rule = '', reason = ''] = match;
    found.push({ path: file.path, line, rule, wholeFile: wholeFile !== undefined, reason });
  }
  return found;
}

function excuses(exception: Exception, finding: Finding): boolean {
  if (exception.path !== finding.path || exception.rule !== finding.rule) return false;
  return exception.wholeFile || exception.line === finding.line || exception.line === finding.line - 1;
}

function faultOf(exception: Exception, used: boolean): Finding | undefined {
  const { path, line, rule, reason } = exception;
  const base = { path, line, rule: 'allow', what: `tidy-allow ${rule}` };
  if (reason.length < 10) {
    return {
      ...base,
      why: 'an exception is argued in one line',
      wayOut: `write // tidy-allow ${rule}: the reason`,
    };
  }
  if (!used) return { ...base, why: 'this exception excuses nothing', wayOut: 'remove the comment' };
  return undefined;
}

/** The findings that no exception excuses, and the faults of the exceptions themselves. */
export function applyExceptions(files: readonly SourceFile[], findings: readonly Finding[]): Finding[] {
  const exceptions = files.flatMap(exceptionsOf);
  const used = new Set<Exception>();
  const left = findings.filter((finding) => {
    const exception = exceptions.find((candidate) => excuses(candidate, finding));
    if (exception !== undefined) used.add(exception);
    return exception === undefined;
  });
  for (const exception of exceptions) {
    const fault = faultOf(exception, used.has(exception));
    if (fault !== undefined) left.push(fault);
  }
  return left;
}
