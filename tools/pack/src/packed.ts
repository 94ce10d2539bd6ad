/**
 * Packs the packages that are published, as `pnpm publish` would. Answers: which are they, and where is the tarball?
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository's top folder. */
export const ROOT: string = fileURLToPath(new URL('../../..', import.meta.url));

/** The fields of package.json that the checks here read. */
export interface Manifest {
  readonly name: string;
  readonly private?: boolean;
  readonly exports?: Readonly<Record<string, unknown>>;
  readonly bin?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly [field: string]: unknown;
}

/** A package that is published. */
export interface Published {
  readonly folder: string;
  readonly manifest: Manifest;
}

/** Every package under packages/ and apps/ that is not private. */
export function publishedPackages(): Published[] {
  return ['packages', 'apps']
    .flatMap((group) => readdirSync(join(ROOT, group)).map((name) => join(ROOT, group, name)))
    .map((folder) => {
      const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;
      return { folder, manifest };
    })
    .filter(({ manifest }) => manifest.private !== true);
}

/** A new empty folder outside the repository. */
export function emptyFolder(): string {
  return mkdtempSync(join(tmpdir(), 'mqtt-pack-'));
}

/** Packs one package into `destination`; returns the tarball's path. Its dist must be built. */
export function pack(one: Published, destination: string): string {
  const pnpm = join(ROOT, 'node_modules', '.bin', 'pnpm');
  const args = ['pack', '--json', '--pack-destination', destination];
  const out = execFileSync(pnpm, args, { cwd: one.folder, encoding: 'utf8' });
  const { filename } = JSON.parse(out.slice(out.indexOf('{'))) as { filename: string };
  return filename.startsWith('/') ? filename : join(destination, filename);
}
