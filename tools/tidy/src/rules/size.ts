/**
 * How long a file and a function may be and how deep blocks may nest. Tables, vectors and fixtures are data and
 * may be long; a function that declares test cases is a list of cases, not a procedure.
 */
import type { Finding } from '../finding.ts';
import { DATA_FOLDERS, LIMITS } from '../policy.ts';
import type { Repository } from '../repository.ts';
import { isNode, type SourceFile, type SyntaxNode, walk } from '../source.ts';

const FUNCTIONS = new Set(['FunctionDeclaration', 'FunctionExpression', 'ArrowFunctionExpression']);
const NESTING = new Set([
  'IfStatement',
  'ForStatement',
  'ForOfStatement',
  'ForInStatement',
  'WhileStatement',
  'DoWhileStatement',
  'SwitchStatement',
  'TryStatement',
]);
const CASE_MAKERS = new Set(['it', 'test', 'describe']);

function calleeName(call: SyntaxNode): string | undefined {
  let callee = call.callee;
  while (isNode(callee) && callee.type !== 'Identifier') callee = callee.object ?? callee.callee;
  return isNode(callee) && typeof callee.name === 'string' ? callee.name : undefined;
}

function declaresCases(fn: SyntaxNode): boolean {
  let found = false;
  walk(fn, (node) => {
    if (node.type === 'CallExpression' && CASE_MAKERS.has(calleeName(node) ?? '')) found = true;
  });
  return found;
}

/** Depth of `node` counted in blocks of its own function; an `else if` is not one deeper. */
function depth(node: SyntaxNode, ancestors: readonly SyntaxNode[]): number {
  let level = 1;
  let child = node;
  for (const parent of [...ancestors].reverse()) {
    if (FUNCTIONS.has(parent.type)) break;
    const isElseIf =
      parent.type === 'IfStatement' && parent.alternate === child && child.type === 'IfStatement';
    if (NESTING.has(parent.type) && !isElseIf) level += 1;
    child = parent;
  }
  return level;
}

function checkFunctions(file: SourceFile): Finding[] {
  const findings: Finding[] = [];
  walk(file.program, (node, ancestors) => {
    const line = file.lineAt(node.start);
    if (FUNCTIONS.has(node.type)) {
      const lines = file.lineAt(node.end) - line + 1;
      if (lines <= LIMITS.functionLines || declaresCases(node)) return;
      const why = `a function has at most ${LIMITS.functionLines} lines`;
      const wayOut = 'give a part of it a name of its own';
      findings.push({ path: file.path, line, rule: 'function-length', what: `${lines} lines`, why, wayOut });
    } else if (NESTING.has(node.type) && depth(node, ancestors) === LIMITS.nesting + 1) {
      const why = `blocks nest at most ${LIMITS.nesting} deep`;
      const wayOut = 'return early, or give the inner part a name';
      findings.push({
        path: file.path,
        line,
        rule: 'nesting',
        what: `${LIMITS.nesting + 1} deep`,
        why,
        wayOut,
      });
    }
  });
  return findings;
}

/** Findings on length and depth. */
export function sizeRule(repo: Repository): Finding[] {
  return repo.files.flatMap((file) => {
    const findings = checkFunctions(file);
    const count = file.lines.length - (file.lines.at(-1) === '' ? 1 : 0);
    if (count > LIMITS.fileLines && !DATA_FOLDERS.some((folder) => file.path.includes(folder))) {
      const why = `a file has at most ${LIMITS.fileLines} lines`;
      const wayOut = 'it answers more than one question: give each its file';
      findings.push({ path: file.path, line: 1, rule: 'file-length', what: `${count} lines`, why, wayOut });
    }
    return findings;
  });
}
