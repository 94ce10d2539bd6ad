/**
 * The import rules trip: package graph, doors, reach-ins, the broker's rooms, listeners, circles.
 */
import { describe, expect, it } from 'vitest';
import { findings, raw } from './invented.ts';

describe('a clean house', () => {
  it('has no findings', () => {
    expect(findings({})).toEqual([]);
  });
});

describe('packages', () => {
  const CODEC = "import { a } from '@mqtt/codec';\nexport type { a };\n";

  it('lets session, client and broker import the codec', () => {
    const files = ['session', 'client', 'broker'].map((room) => [`packages/${room}/src/index.ts`, CODEC]);
    expect(findings(Object.fromEntries(files))).toEqual([]);
  });

  it.each([
    ['codec', '@mqtt/session'],
    ['session', '@mqtt/client'],
    ['session', '@mqtt/broker'],
    ['client', '@mqtt/broker'],
    ['broker', '@mqtt/client'],
    ['broker', 'mqttd'],
  ])('refuses %s importing %s', (room, specifier) => {
    const path = `packages/${room}/src/index.ts`;
    expect(findings({ [path]: `import { a } from '${specifier}';\n` })).toEqual([
      `packages ${path}:2 import '${specifier}'`,
    ]);
  });

  it.each([
    ["import type { A } from '@mqtt/client';"],
    ["export * from '@mqtt/client';"],
    ["export type { A } from '@mqtt/client';"],
    ["const a = await import('@mqtt/client');"],
    ["type A = import('@mqtt/client').A;"],
  ])('sees %s', (text) => {
    const found = findings({ 'packages/broker/src/index.ts': text });
    expect(found).toEqual(["packages packages/broker/src/index.ts:2 import '@mqtt/client'"]);
  });

  it('does not see an import in a comment or a string', () => {
    const text = "// see '@mqtt/client'\nexport {};\nvoid `import { a } from '@mqtt/client'`;\n";
    expect(findings({ 'packages/broker/src/index.ts': text })).toEqual([]);
  });

  it('refuses a path into another package', () => {
    const found = findings({ 'packages/client/test/a.test.ts': "import '../../codec/src/index.ts';\n" });
    expect(found).toEqual(["packages packages/client/test/a.test.ts:2 import '../../codec/src/index.ts'"]);
  });

  it('refuses a door that is no export', () => {
    const found = findings({ 'packages/client/test/a.test.ts': "import '@mqtt/codec/src/reader.ts';\n" });
    expect(found).toEqual(["packages packages/client/test/a.test.ts:2 import '@mqtt/codec/src/reader.ts'"]);
  });

  it('lets a test import the shared test configuration', () => {
    const text = "import { testConfig } from '../../tools/vitest.ts';\nexport default testConfig();\n";
    expect(findings({ 'packages/client/vitest.config.ts': text })).toEqual([]);
  });

  it('refuses a dependency of the codec, in its manifest and in its sources', () => {
    const manifest = JSON.stringify({ name: '@mqtt/codec', exports: { '.': '' }, dependencies: { ws: '8' } });
    const found = findings({ 'packages/codec/src/index.ts': "import 'left-pad';\nimport 'fast-check';\n" });
    expect(found).toEqual([
      "packages packages/codec/src/index.ts:2 import 'left-pad'",
      "packages packages/codec/src/index.ts:3 import 'fast-check'",
    ]);
    expect(findings({ 'packages/codec/src/testing/a.ts': "import 'fast-check';\n" })).toEqual([]);
    const path = 'packages/codec/package.json';
    expect(raw({ [path]: manifest })).toEqual([`packages ${path}:1 dependencies: ws`]);
  });
});

describe('rooms of the broker', () => {
  const room = (from: string, to: string) => {
    const path = `packages/broker/src/${from}.ts`;
    const target = `packages/broker/src/${to}.ts`;
    const specifier = `${'../'.repeat(from.split('/').length - 1) || './'}${to}.ts`;
    return findings({ [path]: `import type { A } from '${specifier}';\n`, [target]: '' });
  };

  it.each([
    ['outbox', 'message'],
    ['session/session', 'outbox'],
    ['router/router', 'subscriber'],
    ['connection/publish', 'router/router'],
    ['broker', 'connection/connection'],
    ['connection/publish', 'schedule'],
    ['broker', 'listeners/tcp'],
    ['message', 'errors'],
    ['session/session', 'session/queue'],
  ])('lets %s import %s', (from, to) => {
    expect(room(from, to)).toEqual([]);
  });

  it.each([
    ['message', 'outbox'],
    ['outbox', 'session/session'],
    ['session/session', 'router/router'],
    ['router/router', 'session/session'],
    ['schedule', 'broker'],
    ['session/session', 'connection/connection'],
    ['listeners/tcp', 'message'],
    ['connection/connection', 'listeners/tcp'],
  ])('refuses %s importing %s', (from, to) => {
    const found = room(from, to);
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(new RegExp(`^rooms packages/broker/src/${from}\\.ts:2 import `));
  });

  it('refuses a file without a layer', () => {
    expect(findings({ 'packages/broker/src/attic.ts': '' })).toEqual([
      "rooms packages/broker/src/attic.ts:1 room 'attic'",
    ]);
  });

  it('lets a listener see the Link shape and not the codec', () => {
    const path = 'packages/broker/src/listeners/tcp.ts';
    expect(findings({ [path]: "import type { Link } from '@mqtt/session';\n" })).toEqual([]);
    expect(findings({ [path]: "import type { Packet } from '@mqtt/codec';\n" })).toEqual([
      `rooms ${path}:2 import '@mqtt/codec'`,
    ]);
  });
});

describe('circles', () => {
  it('finds one through three files, types included', () => {
    const found = findings({
      'packages/client/src/a.ts': "import './b.ts';\n",
      'packages/client/src/b.ts': "import type { C } from './c.ts';\n",
      'packages/client/src/c.ts': "import './a.ts';\n",
    });
    expect(found).toEqual(['circles packages/client/src/c.ts:2 circle a.ts -> b.ts -> c.ts -> a.ts']);
  });

  it('finds a file that imports itself', () => {
    const found = findings({ 'packages/client/src/a.ts': "import './a.ts';\n" });
    expect(found).toEqual(['circles packages/client/src/a.ts:2 circle a.ts -> a.ts']);
  });

  it('lets two files import the same third', () => {
    const files = {
      'packages/client/src/a.ts': "import './b.ts';\nimport './c.ts';\n",
      'packages/client/src/b.ts': "import './c.ts';\n",
      'packages/client/src/c.ts': '',
    };
    expect(findings(files)).toEqual([]);
  });
});
