/**
 * Every file says at its head which question it answers, and every exported declaration what it is for.
 * Config files that a tool asks for are exempt.
 */
import type { Finding } from '../finding.ts';
import { LIMITS } from '../policy.ts';
import type { Repository } from '../repository.ts';
import { isNode, type SourceFile, type SyntaxNode } from '../source.ts';

const CONFIG = /\.config\.(ts|mts|mjs)$/;

/** The lines of text in the comment block that opens the file; none when it opens with something else. */
export function headLines(file: SourceFile): string[] {
  const start = file.text.startsWith('#!') ? file.text.indexOf('\n') + 1 : 0;
  const comments = file.comments.filter((comment) => comment.start >= start);
  const first = comments.find((comment) => file.text.slice(start, comment.start).trim() === '');
  if (first === undefined) return [];
  if (first.type === 'Block') return first.value.split('\n').filter((line) => /[^\s*]/.test(line));
  const lines: string[] = [];
  for (let line = file.lineAt(first.start); /^\/\/.*\S/.test(file.lines[line - 1] ?? ''); line += 1) {
    lines.push(file.lines[line - 1] ?? '');
  }
  return lines;
}

function checkHead(file: SourceFile): Finding[] {
  const lines = headLines(file);
  const characters = lines.join('').length;
  if (lines.length <= LIMITS.headLines && characters >= LIMITS.headCharacters) return [];
  const what = `${lines.length} lines, ${characters} characters`;
  const why = `a file opens with a comment: a sentence at least, ${LIMITS.headLines} lines at most`;
  const wayOut = 'say which question it answers and what it deliberately does not know';
  return [{ path: file.path, line: 1, rule: 'head', what, why, wayOut }];
}

function exportedName(node: SyntaxNode): string | undefined {
  const declaration = node.declaration;
  if (!isNode(declaration)) return undefined;
  const first = Array.isArray(declaration.declarations) ? declaration.declarations[0] : declaration;
  const id = isNode(first) ? first.id : undefined;
  return isNode(id) ? String(id.name ?? 'a pattern') : undefined;
}

function checkExports(file: SourceFile): Finding[] {
  const findings: Finding[] = [];
  const documented = new Set<string>();
  /** The line below the last documented export: a run of exports without a gap shares its JSDoc. */
  let nextLine = 0;
  for (const node of file.program.body as readonly unknown[]) {
    if (!isNode(node) || node.type !== 'ExportNamedDeclaration') continue;
    const name = exportedName(node);
    if (name === undefined) continue;
    const above = file.comments.filter((comment) => comment.end <= node.start).at(-1);
    const isAbove =
      above !== undefined &&
      above !== file.comments[0] &&
      file.text.slice(above.end, node.start).trim() === '';
    if (isAbove && above.type === 'Block' && above.value.startsWith('*')) documented.add(name);
    const line = file.lineAt(node.start);
    if (line === nextLine) documented.add(name);
    if (documented.has(name)) {
      nextLine = file.lineAt(node.end) + 1;
      continue;
    }
    const why = 'an exported name has a JSDoc line';
    const wayOut = 'say its purpose, units, errors and section of the specification';
    findings.push({ path: file.path, line, rule: 'documented', what: `export ${name}`, why, wayOut });
  }
  return findings;
}

/** Findings on missing comments. */
export function commentRule(repo: Repository): Finding[] {
  return repo.files
    .filter((file) => !CONFIG.test(file.path))
    .flatMap((file) => {
      const isSource = file.path.includes('/src/') && file.path.endsWith('.ts');
      return [...checkHead(file), ...(isSource ? checkExports(file) : [])];
    });
}
