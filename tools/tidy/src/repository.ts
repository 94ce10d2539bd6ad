/**
 * What tidy looks at: every source file git knows or would add, the package manifests and the documents.
 * The only file here that reads the disk.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseSource, type SourceFile } from './source.ts';

/** The parts of a package.json that rules read. */
export interface PackageManifest {
  readonly name: string;
  /** Its folder from the repository's top. */
  readonly folder: string;
  readonly exports: readonly string[];
  readonly dependencies: readonly string[];
  readonly peerDependencies: readonly string[];
}

/** The repository as values, so that rules can be tried on invented ones. */
export interface Repository {
  readonly files: readonly SourceFile[];
  readonly packages: readonly PackageManifest[];
  /** Every path in the repository, sources or not. */
  readonly paths: ReadonlySet<string>;
  /** Text of a file that is not a source, e.g. ARCHITECTURE.md; undefined when there is none. */
  document(path: string): string | undefined;
}

const SOURCE = /^(packages|apps|tools)\/.*\.(ts|mts|mjs)$/;

/** Builds a repository from path -> text. */
export function repositoryOf(texts: Readonly<Record<string, string>>): Repository {
  const paths = Object.keys(texts).sort();
  const text = (path: string): string => texts[path] ?? '';
  const manifests = paths.filter((path) => /^(packages|apps|tools)\/[^/]+\/package\.json$/.test(path));
  return {
    files: paths.filter((path) => SOURCE.test(path)).map((path) => parseSource(path, text(path))),
    packages: manifests.map((path) => manifestOf(path, text(path))),
    paths: new Set(paths),
    document: (path) => texts[path],
  };
}

function manifestOf(path: string, text: string): PackageManifest {
  const json = JSON.parse(text) as Record<string, unknown>;
  const keys = (field: string): string[] => Object.keys((json[field] as object | undefined) ?? {});
  return {
    name: String(json.name),
    folder: path.slice(0, -'/package.json'.length),
    exports: keys('exports'),
    dependencies: keys('dependencies'),
    peerDependencies: keys('peerDependencies'),
  };
}

/** Reads the repository at `root`. */
export function readRepository(root: string): Repository {
  const args = ['ls-files', '--cached', '--others', '--exclude-standard', '-z'];
  const listed = execFileSync('git', args, { cwd: root, encoding: 'utf8', maxBuffer: 1 << 26 });
  const texts: Record<string, string> = {};
  for (const path of new Set(listed.split('\0').filter((entry) => entry !== ''))) {
    const full = join(root, path);
    if (!existsSync(full)) continue;
    texts[path] = /\.(ts|mts|mjs|json|md|tsv|ya?ml)$/.test(path) ? readFileSync(full, 'utf8') : '';
  }
  return repositoryOf(texts);
}
