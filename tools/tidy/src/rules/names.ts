/**
 * A file's name is the question it answers: no drawers like `utils`, `helpers`, `common`, `types`.
 */
import type { Finding } from '../finding.ts';
import { FORBIDDEN_NAMES } from '../policy.ts';
import type { Repository } from '../repository.ts';

function offence(part: string): string | undefined {
  const isTest = part.endsWith('.test.ts');
  const name = part.replace(/(\.test)?\.(ts|mts|mjs)$/, '').toLowerCase();
  if (!isTest && FORBIDDEN_NAMES.whole.includes(name)) return name;
  if (/^handle.*handler$/.test(name.replaceAll('-', ''))) return name;
  return name.split(/[-_.]/).find((word) => FORBIDDEN_NAMES.words.includes(word));
}

/** Findings on names of files and folders; a test may be named by a section of the specification. */
export function nameRule(repo: Repository): Finding[] {
  return repo.files.flatMap((file) => {
    const bad = file.path
      .split('/')
      .map(offence)
      .find((name) => name !== undefined);
    if (bad === undefined) return [];
    const why = `'${bad}' names a drawer, not a room`;
    return [
      {
        path: file.path,
        line: 1,
        rule: 'names',
        what: bad,
        why,
        wayOut: 'name the question the file answers',
      },
    ];
  });
}
