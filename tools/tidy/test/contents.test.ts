/**
 * The rules on what stands in a file trip: bans, language, size, names, comments, statements, the map, exceptions.
 */
import { describe, expect, it } from 'vitest';
import { findings, raw } from './invented.ts';

describe('bans', () => {
  const CODEC = 'packages/codec/src/a.ts';

  it.each([
    ['Buffer', 'void Buffer.alloc(1);'],
    ['Buffer', 'let a: Buffer;'],
    ['process', 'void process.pid;'],
    ["import 'node:net'", "import 'node:net';"],
    ["import 'net'", "import 'net';"],
    ['Date.now', 'void Date.now();'],
    ['new Date', 'void new Date();'],
    ['Math.random', 'const chance = Math.random;'],
    ['setTimeout', 'setTimeout(() => {}, 1);'],
    ['setTimeout', 'globalThis.setTimeout(() => {}, 1);'],
    ['console', 'console.log(1);'],
    ['async', 'void (async () => {});'],
    ['Promise', 'void Promise.resolve();'],
  ])('refuses %s in the codec: %s', (what, text) => {
    expect(findings({ [CODEC]: `${text}\n` })).toContain(`bans ${CODEC}:2 ${what}`);
  });

  it.each([
    ['a field of that name', 'interface Clock { setTimeout(ms: number): void }'],
    [
      'a call on an argument',
      'const go = (clock: { setTimeout(ms: number): void }): void => clock.setTimeout(1);',
    ],
    ['a date from a number', 'void new Date(0);'],
    ['a promise in a type', 'type Later = Promise<void>;'],
    ['another name with the same letters', 'const bufferSize = 1;\nvoid bufferSize;'],
  ])('lets the codec have %s', (_, text) => {
    expect(findings({ [CODEC]: `${text}\n` })).toEqual([]);
  });

  it('lets tests, entry files and transports touch the world', () => {
    const world = "import 'node:net';\nsetTimeout(() => {}, Date.now());\n";
    const paths = [
      'packages/codec/test/a.test.ts',
      'packages/client/src/index.node.ts',
      'packages/client/src/transports/tcp.ts',
    ];
    for (const path of paths) expect(findings({ [path]: world })).toEqual([]);
  });

  it('refuses Node in the client core and in its browser transport', () => {
    for (const path of ['packages/client/src/client.ts', 'packages/client/src/transports/websocket.ts']) {
      expect(findings({ [path]: "import 'node:net';\n" })).toEqual([`bans ${path}:2 import 'node:net'`]);
    }
  });

  it('refuses a promise on the broker’s way of a message, and lets one be above it', () => {
    const text = 'void (async () => {});\n';
    expect(findings({ 'packages/broker/src/router/router.ts': text })).toHaveLength(1);
    expect(findings({ 'packages/broker/src/broker.ts': text })).toEqual([]);
  });
});

describe('language', () => {
  const PATH = 'packages/client/src/a.ts';

  it.each([
    ['any', 'let a: any;'],
    ['!', 'const a = [1];\nvoid a[0]!.toFixed();'],
    ['as unknown as', 'void (1 as unknown as string);'],
    ['export default', 'export default 1;'],
    ['TODO', '// TODO: later'],
    ['FIXME', '/* FIXME(me) */'],
    ['@ts-ignore', '// @ts-ignore'],
    ['const a = 1;', '// const a = 1;'],
    ['client.end();', '// client.end();'],
  ])('refuses %s', (what, text) => {
    const found = findings({ [PATH]: `${text}\n` });
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(/^language packages\/client\/src\/a\.ts:\d+ /);
    expect(found[0]?.endsWith(what)).toBe(true);
  });

  it('lets prose, unknown and a typed test of types be', () => {
    const text =
      '// any topic; returns unknown!\nlet a: unknown;\n// @ts-expect-error: a number\nvoid (a as string);\n';
    expect(findings({ [PATH]: text })).toEqual([]);
  });

  it.each([
    'it.skip',
    'it.only',
    'it.todo',
    'describe.skip',
    'it.each([1]).skip',
    'it.skipIf(true)',
    'test.concurrent.only',
  ])('refuses %s in a test', (call) => {
    expect(findings({ 'packages/client/test/a.test.ts': `${call}('x', () => {});\n` })).toHaveLength(1);
  });

  it('lets a config file have its default export', () => {
    expect(findings({ 'packages/client/vitest.config.ts': 'export default {};\n' })).toEqual([]);
  });
});

describe('size', () => {
  const PATH = 'packages/client/src/a.ts';
  const lines = (count: number) => 'void 0;\n'.repeat(count);

  it('refuses 501 lines and lets 500 be, and tables be longer', () => {
    expect(findings({ [PATH]: lines(499) })).toEqual([]);
    expect(findings({ [PATH]: lines(500) })).toEqual([`file-length ${PATH}:1 501 lines`]);
    expect(findings({ 'packages/client/src/tables/a.ts': lines(900) })).toEqual([]);
  });

  it('refuses a function of 71 lines and lets 70 be', () => {
    const fn = (count: number) => `function f() {\n${lines(count - 2)}}\nf();\n`;
    expect(findings({ [PATH]: fn(70) })).toEqual([]);
    expect(findings({ [PATH]: fn(71) })).toEqual([`function-length ${PATH}:2 71 lines`]);
  });

  it('lets a list of test cases be long', () => {
    const text = `describe('x', () => {\n${"it('y', () => {});\n".repeat(90)}});\n`;
    expect(findings({ 'packages/client/test/a.test.ts': text })).toEqual([]);
  });

  it('refuses blocks five deep and counts else-if as one', () => {
    const deep = (count: number) => `${'if (true) {\n'.repeat(count)}${'}\n'.repeat(count)}`;
    expect(findings({ [PATH]: deep(4) })).toEqual([]);
    expect(findings({ [PATH]: deep(5) })).toEqual([`nesting ${PATH}:6 5 deep`]);
    expect(findings({ [PATH]: `if (1) {}${' else if (1) {}'.repeat(8)}\n` })).toEqual([]);
  });
});

describe('names', () => {
  it.each([
    'utils',
    'string-helpers',
    'session-manager',
    'common',
    'types',
    'misc',
    'handle-publish-handler',
  ])('refuses %s.ts', (name) => {
    expect(findings({ [`packages/client/src/${name}.ts`]: '' })).toHaveLength(1);
  });

  it('lets a test be named by the section Data Representation', () => {
    expect(findings({ 'packages/client/test/data.test.ts': '' })).toEqual([]);
    expect(findings({ 'packages/client/test/utils.test.ts': '' })).toHaveLength(1);
  });

  it('refuses a folder of that name and lets packet-types be', () => {
    expect(findings({ 'packages/client/src/utils/a.ts': '' })).toHaveLength(1);
    expect(findings({ 'packages/client/src/packet-types.ts': '' })).toEqual([]);
  });
});

describe('comments', () => {
  const PATH = 'packages/client/src/a.ts';

  it('refuses a file without a head, and one of two words', () => {
    expect(raw({ [PATH]: 'void 0;\n' })).toEqual([`head ${PATH}:1 0 lines, 0 characters`]);
    expect(raw({ [PATH]: '/** A file. */\nvoid 0;\n' })).toHaveLength(1);
  });

  it('takes a head of // lines, also below #!', () => {
    const head = '// Which question does this answer?\n// Who knows; nothing is known here.\n';
    expect(raw({ [PATH]: `${head}void 0;\n`, 'tools/a.mjs': `#!/usr/bin/env node\n${head}` })).toEqual([]);
  });

  it('refuses an exported name without JSDoc', () => {
    expect(findings({ [PATH]: '\nexport const a = 1;\n' })).toEqual([`documented ${PATH}:3 export a`]);
    expect(findings({ [PATH]: '\n/** One. */\nexport const a = 1;\n' })).toEqual([]);
  });

  it('lets a run of exports share one JSDoc, to the first empty line', () => {
    const text = '\n/** Some. */\nexport const a = 1;\nexport const b = 2;\n\nexport const c = 3;\n';
    expect(findings({ [PATH]: text })).toEqual([`documented ${PATH}:7 export c`]);
  });

  it('asks only the first of several signatures for JSDoc', () => {
    const text =
      '\n/** One. */\nexport function a(x: 1): void;\nexport function a(x: 2): void;\nexport function a(): void {}\n';
    expect(findings({ [PATH]: text })).toEqual([]);
  });
});

describe('statements', () => {
  it('refuses an id that no table has', () => {
    const text =
      "it('[MQTT-3.1.0-1] [A05] [N05] fits', () => {});\nit('[MQTT-9.9.9-9] [A99] [N99] does not', () => {});\n";
    expect(findings({ 'packages/client/test/a.test.ts': text })).toEqual([
      'statements packages/client/test/a.test.ts:3 MQTT-9.9.9-9',
      'statements packages/client/test/a.test.ts:3 [A99]',
      'statements packages/client/test/a.test.ts:3 [N99]',
    ]);
  });
});

describe('map', () => {
  it('refuses a path that is not there and a folder that is not on it', () => {
    const map = '`packages/codec/src` `packages/session/src` `packages/client/src`\n`packages/attic/src`\n';
    expect(raw({ 'ARCHITECTURE.md': map })).toEqual([
      'map ARCHITECTURE.md:1 packages/broker/src',
      'map ARCHITECTURE.md:2 packages/attic/src',
    ]);
  });
});

describe('exceptions', () => {
  const PATH = 'packages/client/src/a.ts';

  it('excuses the next line with a reason', () => {
    const text = '// tidy-allow language: the compiler cannot see the loop above\nlet a: any;\n';
    expect(findings({ [PATH]: text })).toEqual([]);
  });

  it('refuses one without a reason and one that excuses nothing', () => {
    expect(findings({ [PATH]: '// tidy-allow language\nlet a: any;\n' })).toEqual([
      `allow ${PATH}:2 tidy-allow language`,
    ]);
    expect(findings({ [PATH]: '// tidy-allow language: nothing is here at all\n' })).toEqual([
      `allow ${PATH}:2 tidy-allow language`,
    ]);
  });
});
