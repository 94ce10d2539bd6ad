/**
 * What the language allows and this repository does not: `any`, `!`, `as unknown as`, default exports, silenced
 * compiler errors, TODO, commented-out code, and tests that are skipped or run alone.
 */
import type { Finding } from '../finding.ts';
import type { Repository } from '../repository.ts';
import { isNode, type SourceFile, type SyntaxNode, walk } from '../source.ts';

interface Fault {
  readonly what: string;
  readonly why: string;
  readonly wayOut: string;
}

const CONFIG = /(^|\/)[^/]+\.config\.(ts|mts|mjs)$/;
const CASE_MAKERS = new Set(['it', 'test', 'describe', 'suite', 'bench']);
const NOT_RUN = new Set(['skip', 'only', 'todo', 'skipIf', 'runIf', 'fails']);

function isDoubleAssertion(node: SyntaxNode): boolean {
  const inner = node.expression;
  if (node.type !== 'TSAsExpression' || !isNode(inner) || inner.type !== 'TSAsExpression') return false;
  return isNode(inner.typeAnnotation) && inner.typeAnnotation.type === 'TSUnknownKeyword';
}

function skipped(node: SyntaxNode): string | undefined {
  if (node.type === 'Identifier') {
    const name = String(node.name);
    return ['xit', 'xtest', 'xdescribe', 'fit', 'fdescribe'].includes(name) ? name : undefined;
  }
  if (node.type !== 'MemberExpression' || !isNode(node.property)) return undefined;
  let object = node.object;
  while (isNode(object) && object.type !== 'Identifier') object = object.object ?? object.callee;
  const root = isNode(object) ? String(object.name) : '';
  const verb = String(node.property.name);
  return CASE_MAKERS.has(root) && NOT_RUN.has(verb) ? `${root}.${verb}` : undefined;
}

function faultOf(node: SyntaxNode, path: string): Fault | undefined {
  if (node.type === 'TSAnyKeyword') {
    return { what: 'any', why: 'no `any`', wayOut: 'write the type, or `unknown` and narrow it' };
  }
  if (node.type === 'TSNonNullExpression') {
    return {
      what: '!',
      why: 'no non-null assertion',
      wayOut: 'check for undefined, or shape the data so that it cannot be',
    };
  }
  if (isDoubleAssertion(node)) {
    return {
      what: 'as unknown as',
      why: 'no forced type',
      wayOut: 'narrow with a check, or give the value its real type',
    };
  }
  if (node.type === 'ExportDefaultDeclaration' && !CONFIG.test(path)) {
    return { what: 'export default', why: 'no default exports', wayOut: 'export it by name' };
  }
  const name = path.includes('/test/') ? skipped(node) : undefined;
  if (name !== undefined) {
    return {
      what: name,
      why: 'every test runs, everywhere',
      wayOut: 'make it pass, or delete it and file an issue',
    };
  }
  return undefined;
}

const CODE_LINE =
  /^\s*(?:(?:const|let|var|if|for|while|return|import|export|await|function)\b.*[;{]|[\w.]+\(.*\);|[\w.]+ [-+|&]?= .*;|\})\s*$/;

function commentFault(value: string, isLine: boolean): Fault | undefined {
  const mark = /(?:^[\s*]*|\s)(TODO|FIXME|XXX|HACK)(?=[:(]|\s*$)/m.exec(value)?.[1];
  if (mark !== undefined)
    return { what: mark, why: 'no notes to self in the code', wayOut: 'do it, or file an issue' };
  if (/@ts-(ignore|nocheck)/.test(value)) {
    return {
      what: value.trim(),
      why: 'no silenced compiler',
      wayOut: 'fix the type; in a test of types, @ts-expect-error',
    };
  }
  if (isLine && CODE_LINE.test(value)) {
    return { what: value.trim(), why: 'no commented-out code', wayOut: 'delete it: git remembers' };
  }
  return undefined;
}

function checkFile(file: SourceFile): Finding[] {
  const findings: Finding[] = [];
  const add = (fault: Fault | undefined, offset: number): void => {
    if (fault !== undefined)
      findings.push({ path: file.path, line: file.lineAt(offset), rule: 'language', ...fault });
  };
  walk(file.program, (node) => add(faultOf(node, file.path), node.start));
  for (const comment of file.comments)
    add(commentFault(comment.value, comment.type === 'Line'), comment.start);
  return findings;
}

/** Findings on language. The rules' own sources and tests speak of what they forbid and are read all the same. */
export function languageRule(repo: Repository): Finding[] {
  return repo.files.flatMap(checkFile);
}
