/**
 * What a folder may not call or import (policy.ts): clocks and chance in the core, Node in what runs in browsers,
 * promises on the way of a message. A property or a declared name that happens to be called so is not a use.
 */
import { builtinModules } from 'node:module';
import type { Finding } from '../finding.ts';
import { BANS, type Ban } from '../policy.ts';
import type { Repository } from '../repository.ts';
import { isNode, type SourceFile, type SyntaxNode, walk } from '../source.ts';

const BUILTIN = new Set(builtinModules);
const GLOBAL_OBJECTS = new Set(['globalThis', 'window', 'self', 'global']);
/** Fields of nodes in which an identifier is only a name: `{ setTimeout: … }`, `clock.setTimeout`, a parameter. */
const NAMING: Readonly<Record<string, readonly string[]>> = {
  MemberExpression: ['property'],
  Property: ['key'],
  MethodDefinition: ['key'],
  PropertyDefinition: ['key'],
  TSPropertySignature: ['key'],
  TSMethodSignature: ['key'],
  TSTypeQuery: ['exprName'],
  TSQualifiedName: ['right'],
  VariableDeclarator: ['id'],
  FunctionDeclaration: ['id', 'params'],
  FunctionExpression: ['id', 'params'],
  ArrowFunctionExpression: ['params'],
  TSFunctionType: ['params'],
  ImportSpecifier: ['imported', 'local'],
  ExportSpecifier: ['exported'],
};

function nameOf(node: unknown): string | undefined {
  return isNode(node) && node.type === 'Identifier' && typeof node.name === 'string' ? node.name : undefined;
}

function isOnlyName(node: SyntaxNode, parent: SyntaxNode | undefined): boolean {
  if (parent === undefined) return false;
  if (parent.computed === true || parent.shorthand === true) return false;
  return (NAMING[parent.type] ?? []).some((field) => {
    const value = parent[field];
    return value === node || (Array.isArray(value) && value.includes(node));
  });
}

/** The names by which a node would be banned: `Date.now`, `new Date`, `Buffer`, `async`. */
function usesOf(node: SyntaxNode, parent: SyntaxNode | undefined): string[] {
  const uses: string[] = [];
  const name = nameOf(node);
  if (name !== undefined && !isOnlyName(node, parent)) {
    const isType = parent?.type === 'TSTypeReference';
    if (!(isType && name === 'Promise')) uses.push(name);
  }
  if (node.type === 'MemberExpression') {
    const object = nameOf(node.object) ?? '';
    const property = nameOf(node.property) ?? '';
    uses.push(GLOBAL_OBJECTS.has(object) ? property : `${object}.${property}`);
  }
  if (node.type === 'NewExpression' && Array.isArray(node.arguments) && node.arguments.length === 0) {
    uses.push(`new ${nameOf(node.callee) ?? ''}`);
  }
  if (node.async === true) uses.push('async');
  if (node.type === 'AwaitExpression') uses.push('await');
  return uses;
}

function importsBanned(ban: Ban, specifier: string): boolean {
  const full = BUILTIN.has(specifier) ? `node:${specifier}` : specifier;
  return ban.what.some((what) => {
    if (!what.startsWith('import:')) return false;
    const banned = what.slice('import:'.length);
    return banned.endsWith(':') ? full.startsWith(banned) : full === banned;
  });
}

function checkFile(file: SourceFile, ban: Ban): Finding[] {
  const found = new Map<string, Finding>();
  const add = (what: string, line: number): void => {
    const { why, wayOut } = ban;
    found.set(`${what} ${line}`, { path: file.path, line, rule: 'bans', what, why, wayOut });
  };
  for (const item of file.imports) {
    if (importsBanned(ban, item.specifier)) add(`import '${item.specifier}'`, item.line);
  }
  walk(file.program, (node, ancestors) => {
    for (const use of usesOf(node, ancestors.at(-1)))
      if (ban.what.includes(use)) add(use, file.lineAt(node.start));
  });
  return [...found.values()];
}

/** Findings on banned calls and imports. */
export function banRule(repo: Repository): Finding[] {
  return repo.files.flatMap((file) =>
    BANS.filter((ban) => ban.where.some((prefix) => file.path.startsWith(prefix)))
      .filter((ban) => !ban.except.some((pattern) => pattern.test(file.path)))
      .flatMap((ban) => checkFile(file, ban)),
  );
}
