/**
 * Which bundles a package.json asks for, conditions and programs included.
 */
import { describe, expect, it } from 'vitest';
import { entryPoints } from '../src/entries.ts';

const plain = (source: string, built: string) => ({
  '@mqtt/source': source,
  types: 'x.d.ts',
  default: built,
});

describe('entryPoints', () => {
  it('pairs each door’s source with its bundle', () => {
    const exports = {
      '.': plain('./src/index.ts', './dist/index.js'),
      './testing': plain('./src/testing/index.ts', './dist/testing/index.js'),
      './package.json': './package.json',
    };
    expect(entryPoints({ name: 'x', exports }).library).toEqual([
      { in: './src/index.ts', out: 'index' },
      { in: './src/testing/index.ts', out: 'testing/index' },
    ]);
  });

  it('pairs conditions with conditions', () => {
    const exports = {
      '.': {
        '@mqtt/source': { browser: './src/b.ts', default: './src/n.ts' },
        browser: { types: 'b.d.ts', default: './dist/b.js' },
        types: 'n.d.ts',
        default: './dist/n.js',
      },
    };
    expect(entryPoints({ name: 'x', exports }).library).toEqual([
      { in: './src/b.ts', out: 'b' },
      { in: './src/n.ts', out: 'n' },
    ]);
  });

  it('makes a program from src/main.ts', () => {
    const { library, programs } = entryPoints({ name: 'x', bin: { x: './dist/x.js' } });
    expect({ library, programs }).toEqual({ library: [], programs: [{ in: './src/main.ts', out: 'x' }] });
  });

  it.each([
    [{ '.': { default: './dist/a.js' } }, 'has no "@mqtt/source"'],
    [{ '.': { '@mqtt/source': './src/a.ts' } }, 'no "default"'],
    [{ '.': plain('./src/a.ts', './lib/a.js') }, 'is not a .js file in ./dist'],
  ])('refuses an export that cannot be built', (exports, message) => {
    expect(() => entryPoints({ name: 'x', exports })).toThrow(message);
  });
});
