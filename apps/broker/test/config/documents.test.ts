/** The YAML that the documents show is a configuration that mqttd takes. */
import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TAKES } from '../../src/commands/reloading.ts';
import { jsonSchema } from '../../src/config/schema.ts';
import { Folder, faultsIn } from './folder.ts';

const ROOT = new URL('../../../../', import.meta.url);
const DOCUMENTS = ['docs/configuration.md', 'apps/broker/README.md'];

let folder: Folder;
beforeEach(() => {
  folder = new Folder();
});
afterEach(() => folder.remove());

for (const document of DOCUMENTS) {
  const text = readFileSync(new URL(document, ROOT), 'utf8');
  const examples = [...text.matchAll(/^```yaml\n(.*?)^```$/gms)].map(([, yaml = '']) => yaml);
  describe(document, () => {
    it('has examples', () => expect(examples.length).toBeGreaterThan(0));
    for (const [index, example] of examples.entries()) {
      it(`example ${index + 1} is taken`, () => {
        folder.write('mqttd.yaml', example);
        expect(faultsIn(folder.load('mqttd.yaml'))).toEqual([]);
      });
    }
  });
}

/** The properties of an object of the schema. */
function propertiesOf(schema: unknown): Readonly<Record<string, unknown>> {
  return (Object(schema) as { properties?: Record<string, unknown> }).properties ?? {};
}

describe('the table of what a reload takes', () => {
  const text = readFileSync(new URL('docs/configuration.md', ROOT), 'utf8');
  const rows = [...text.matchAll(/^\| (`[^|]+) \| ([^|]+) \|$/gm)].filter(
    ([row]) => text.indexOf(row) > text.indexOf('## While it runs'),
  );
  const named = (isIt: (what: string) => boolean): string[] =>
    rows
      .filter(([, , what = '']) => isIt(what))
      .flatMap(([, keys = '']) => [...keys.matchAll(/`([^`]+)`/g)].map(([, key = '']) => key));
  const isStuck = (what: string): boolean => what.startsWith('needs a restart');
  const keys = Object.entries(propertiesOf(jsonSchema())).filter(([key]) => key !== '$schema');

  it('names each key that needs a restart', () => {
    // What is at the top for all listeners is a listener's own by the time it is compared.
    const own = keys.filter(([key]) => key !== 'security' && key !== 'clients');
    const all = own.flatMap(([key, schema]) => [
      key,
      ...Object.keys(propertiesOf(schema)).map((inner) => `${key}.${inner}`),
    ]);
    const parents = new Set(all.filter((key) => all.some((other) => other.startsWith(`${key}.`))));
    const leaves = all.filter((key) => !parents.has(key));
    const stuck = leaves.filter((key) => !Object.values(TAKES).some((takes) => takes.test(key)));
    expect(named(isStuck).sort()).toEqual(stuck.sort());
  });

  it('has every key', () => {
    const tops = new Set(named(() => true).map((key) => key.split('.')[0]));
    expect([...tops].sort()).toEqual(keys.map(([key]) => key).sort());
  });
});
