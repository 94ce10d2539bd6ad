/**
 * The licences of the packages whose files are in a bundle: they ask to be shipped with every copy.
 * Answers: which packages are in it, and what do they ask? Knows nothing of how it was bundled.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Folders of packages among these files: what stands behind the last `node_modules/`. */
function packageFolders(files: readonly string[]): readonly string[] {
  const found = files.map((file) => /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0]);
  return [...new Set(found.filter((folder) => folder !== undefined))].sort();
}

/** Name, version and licence of each package that has one of these files in it. @throws {Error} for one without */
export function licences(files: readonly string[]): string {
  const texts = packageFolders(files).map((folder) => {
    const { name, version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
      readonly name: string;
      readonly version: string;
    };
    const file = readdirSync(folder).find((entry) =>
      /^(?:licen[cs]e|copying)(?:\.(?:md|txt))?$/i.test(entry),
    );
    if (file === undefined) throw new Error(`${name} has no licence to ship: do not bundle it`);
    return `${name} ${version}\n\n${readFileSync(join(folder, file), 'utf8').trim()}\n`;
  });
  return texts.join(`\n${'-'.repeat(80)}\n\n`);
}
