/** The YAML that the documents show is a configuration that mqttd takes. */
import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
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
