/**
 * What the package.json and the tarball of a published package must have. Knows nothing of publint and attw, which
 * judge whether `exports` work.
 */
import type { Manifest } from './packed.ts';

const REQUIRED = [
  'name',
  'version',
  'description',
  'license',
  'repository',
  'type',
  'engines',
  'files',
  'keywords',
];

/** The faults of a package, in words; `contents` are the paths in its tarball. */
export function manifestFaults(manifest: Manifest, contents: readonly string[]): string[] {
  const faults = REQUIRED.filter((field) => manifest[field] === undefined).map((field) => `no "${field}"`);
  if (manifest.type !== 'module') faults.push('"type" is not "module"');
  if (manifest.sideEffects !== false) faults.push('"sideEffects" is not false');
  if (manifest.license !== 'MIT') faults.push('"license" is not MIT');
  if (manifest.main !== undefined) faults.push('"main" beside "exports"');
  if (manifest.exports !== undefined && manifest.exports['./package.json'] === undefined) {
    faults.push('"exports" has no "./package.json"');
  }
  for (const [name, range] of Object.entries(manifest.dependencies ?? {})) {
    if (range.startsWith('workspace:')) faults.push(`dependency ${name} is still ${range}`);
  }
  for (const file of ['README.md', 'LICENSE', 'package.json']) {
    if (!contents.includes(file)) faults.push(`no ${file} in the tarball`);
  }
  for (const path of contents) {
    if (/(^|\/)(test|node_modules|\.reports|\.turbo)\/|\.test\.|tsconfig/.test(path))
      faults.push(`${path} in the tarball`);
  }
  return faults;
}
