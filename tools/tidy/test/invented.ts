/**
 * Invented repositories for the rules' tests: a clean little house, and what a change to one file makes tidy say.
 */
import { repositoryOf } from '../src/repository.ts';
import { tidy } from '../src/tidy.ts';

const HEAD = '/** A file of an invented repository; it knows nothing. */\n';

function manifest(
  name: string,
  exports: Record<string, string>,
  dependencies: Record<string, string> = {},
): string {
  return JSON.stringify({ name, exports, dependencies });
}

const HOUSE: Readonly<Record<string, string>> = {
  'ARCHITECTURE.md':
    '`packages/codec/src` `packages/session/src` `packages/client/src` `packages/broker/src/`',
  'tools/spec/statements.tsv': 'id\tversion\tside\nMQTT-3.1.0-1\t5.0\tclient\n',
  'tools/spec/cases.tsv': 'id\nA05\n',
  'tools/hostile/own-cases.tsv': 'id\tcase\nN05\tours\n',
  'tools/vitest.ts': HEAD,
  'packages/codec/package.json': manifest('@mqtt/codec', { '.': '', './topics': '' }),
  'packages/session/package.json': manifest('@mqtt/session', { '.': '' }),
  'packages/client/package.json': manifest('@mqtt/client', { '.': '' }),
  'packages/broker/package.json': manifest('@mqtt/broker', { '.': '', './store': '' }),
  'apps/broker/package.json': manifest('mqttd', {}),
};

/** What tidy says, as `rule path:line what`, when these files (without their head comment) join the clean house. */
export function findings(files: Readonly<Record<string, string>>): string[] {
  return raw(Object.fromEntries(Object.entries(files).map(([path, text]) => [path, HEAD + text])));
}

/** Like `findings`, with the files as they are; folders of sources are put on the map. */
export function raw(files: Readonly<Record<string, string>>): string[] {
  const folders = Object.keys(files).map((path) => `\`${path.slice(0, path.lastIndexOf('/'))}\``);
  const map = HOUSE['ARCHITECTURE.md'] + folders.filter((folder) => folder.includes('/src')).join(' ');
  const texts: Record<string, string> = { ...HOUSE, 'ARCHITECTURE.md': map, ...files };
  for (const room of ['codec', 'session', 'client', 'broker'])
    texts[`packages/${room}/src/index.ts`] ??= HEAD;
  return tidy(repositoryOf(texts)).map(({ rule, path, line, what }) => `${rule} ${path}:${line} ${what}`);
}
