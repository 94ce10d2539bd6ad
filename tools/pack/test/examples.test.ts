/**
 * Reading examples out of a README, and faults out of a manifest.
 */
import { describe, expect, it } from 'vitest';
import { commandOf, examplesOf, needsBroker, withPorts } from '../src/examples.ts';
import { manifestFaults } from '../src/manifest-faults.ts';

const README = `# x
\`\`\`ts
console.log('hi 1883');
\`\`\`

\`\`\`text
hi 1883
\`\`\`

\`\`\`ts no-run
forever();
\`\`\`

words

\`\`\`text
not what it prints
\`\`\`

\`\`\`sh
npm install x
npx mqttd -p 1884
\`\`\`
`;

describe('examplesOf', () => {
  it('finds what is run, what it prints, and what is only type-checked', () => {
    expect(examplesOf(README)).toEqual([
      { line: 3, code: "console.log('hi 1883');\n", runs: true, prints: 'hi 1883\n' },
      { line: 11, code: 'forever();\n', runs: false },
    ]);
  });

  it('refuses a fence without an end', () => {
    expect(() => examplesOf('```ts\nlet a;\n')).toThrow('line 1');
  });
});

describe('commandOf', () => {
  it('finds the first command of a program', () => {
    expect(commandOf(README, 'mqttd')).toEqual(['-p', '1884']);
    expect(commandOf(README, 'other')).toBeUndefined();
  });
});

describe('ports', () => {
  it('are replaced as whole numbers', () => {
    const ports = { mqtt: 5000, websocket: 5001 };
    expect(withPorts('mqtt://a:1883 ws://a:8083 118835', ports)).toBe('mqtt://a:5000 ws://a:5001 118835');
    expect(needsBroker('118835')).toBe(false);
    expect(needsBroker('port: 1883')).toBe(true);
  });
});

describe('manifestFaults', () => {
  const GOOD = {
    name: 'x',
    version: '1.0.0',
    description: 'x',
    license: 'MIT',
    repository: {},
    type: 'module',
    engines: {},
    files: [],
    keywords: [],
    sideEffects: false,
    exports: { '.': './dist/index.js', './package.json': './package.json' },
  };
  const FILES = ['README.md', 'LICENSE', 'package.json', 'dist/index.js'];

  it('finds none in a good package', () => {
    expect(manifestFaults(GOOD, FILES)).toEqual([]);
  });

  it.each([
    [{ ...GOOD, type: 'commonjs' }, FILES, '"type" is not "module"'],
    [{ ...GOOD, sideEffects: true }, FILES, '"sideEffects" is not false'],
    [{ ...GOOD, dependencies: { y: 'workspace:^' } }, FILES, 'dependency y is still workspace:^'],
    [GOOD, FILES.slice(1), 'no README.md in the tarball'],
    [GOOD, [...FILES, 'test/a.test.ts'], 'test/a.test.ts in the tarball'],
    [{ ...GOOD, exports: { '.': 'x' } }, FILES, '"exports" has no "./package.json"'],
  ])('finds a fault', (manifest, files, fault) => {
    expect(manifestFaults(manifest, files)).toEqual([fault]);
  });
});
