/**
 * Which package imports which: the graph of layers.ts, doors (`exports`) only, and no dependency where none is
 * allowed. Looks at sources and tests; inside one package it sees only whether an import leaves it.
 */
import { builtinModules } from 'node:module';
import { posix } from 'node:path';
import type { Finding } from '../finding.ts';
import { PACKAGE_GRAPH } from '../layers.ts';
import { ZERO_DEPENDENCIES } from '../policy.ts';
import type { PackageManifest, Repository } from '../repository.ts';
import type { Import, SourceFile } from '../source.ts';

const RULE = 'packages';
/** The one file outside a package that each may import. */
const SHARED_CONFIG = 'tools/vitest.ts';
const BUILTIN = new Set(builtinModules);

/** `@scope/name/door` -> its package and door; undefined for a relative or built-in import. */
export function bareName(specifier: string): { name: string; door: string } | undefined {
  if (/^[./]/.test(specifier) || specifier.startsWith('node:') || BUILTIN.has(specifier)) return undefined;
  const parts = specifier.split('/');
  const length = specifier.startsWith('@') ? 2 : 1;
  const rest = parts.slice(length).join('/');
  return { name: parts.slice(0, length).join('/'), door: rest === '' ? '.' : `./${rest}` };
}

type Report = (what: string, why: string, wayOut: string) => Finding;

function checkRelative(
  file: SourceFile,
  owner: PackageManifest,
  item: Import,
  report: Report,
): Finding | undefined {
  if (!item.specifier.startsWith('.')) return undefined;
  const target = posix.join(posix.dirname(file.path), item.specifier);
  if (target.startsWith(`${owner.folder}/`) || target === SHARED_CONFIG) return undefined;
  return report(
    `import '${item.specifier}'`,
    'no file reaches into another package',
    'import the other package by its name, through one of its exports',
  );
}

function checkDoor(repo: Repository, item: Import, report: Report): Finding | undefined {
  const bare = bareName(item.specifier);
  const target = repo.packages.find((one) => one.name === bare?.name);
  if (bare === undefined || target === undefined || target.exports.includes(bare.door)) return undefined;
  return report(
    `import '${item.specifier}'`,
    `${bare.name} has no such door; its exports are ${target.exports.join(', ') || 'none'}`,
    'import an exported door, or export one and say why',
  );
}

function checkGraph(
  file: SourceFile,
  owner: PackageManifest,
  item: Import,
  report: Report,
): Finding | undefined {
  const bare = bareName(item.specifier);
  if (bare === undefined || !file.path.startsWith(`${owner.folder}/src/`)) return undefined;
  const allowed = PACKAGE_GRAPH[owner.name];
  if (allowed === undefined || !(bare.name.startsWith('@mqtt/') || bare.name === 'mqttd')) return undefined;
  if (allowed.includes(bare.name) || allowed.includes(item.specifier)) return undefined;
  return report(
    `import '${item.specifier}'`,
    `${owner.name} may import ${allowed.join(', ') || 'no package'} (codec <- session <- client | broker <- apps)`,
    'pass what is needed in as an argument, or move the code up to the package that may know both',
  );
}

function checkZero(
  file: SourceFile,
  owner: PackageManifest,
  item: Import,
  report: Report,
): Finding | undefined {
  const testing = ZERO_DEPENDENCIES[owner.name];
  const bare = bareName(item.specifier);
  if (testing === undefined || bare === undefined || !file.path.startsWith(`${owner.folder}/src/`))
    return undefined;
  if (file.path.startsWith(`${owner.folder}/src/testing/`) && testing.includes(bare.name)) return undefined;
  if (bare.name.startsWith('@mqtt/')) return undefined;
  return report(
    `import '${item.specifier}'`,
    `${owner.name} has zero dependencies`,
    'write it here, or do without',
  );
}

function manifestFindings(repo: Repository): Finding[] {
  return repo.packages
    .filter((one) => ZERO_DEPENDENCIES[one.name] !== undefined && one.dependencies.length > 0)
    .map((one) => ({
      path: `${one.folder}/package.json`,
      line: 1,
      rule: RULE,
      what: `dependencies: ${one.dependencies.join(', ')}`,
      why: `${one.name} has zero dependencies`,
      wayOut: 'remove it',
    }));
}

/** Findings on imports between packages. */
export function packageRule(repo: Repository): Finding[] {
  const findings = manifestFindings(repo);
  for (const file of repo.files) {
    const owner = repo.packages.find((one) => file.path.startsWith(`${one.folder}/`));
    if (owner === undefined) continue;
    for (const item of file.imports) {
      const report: Report = (what, why, wayOut) => {
        return { path: file.path, line: item.line, rule: RULE, what, why, wayOut };
      };
      const finding =
        checkRelative(file, owner, item, report) ??
        checkGraph(file, owner, item, report) ??
        checkDoor(repo, item, report) ??
        checkZero(file, owner, item, report);
      if (finding !== undefined) findings.push(finding);
    }
  }
  return findings;
}
