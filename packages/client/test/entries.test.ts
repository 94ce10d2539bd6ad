/** What the two entries are made of: no Node in a browser, named imports that bundle, the same exports in both. */
import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';

async function bundle(code: string) {
  const result = await build({
    stdin: { contents: code, resolveDir: new URL('.', import.meta.url).pathname },
    bundle: true,
    write: false,
    minify: true,
    metafile: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    conditions: ['@mqtt/source'],
    logLevel: 'silent',
  });
  return { text: result.outputFiles[0]?.text ?? '', inputs: Object.keys(result.metafile.inputs) };
}

describe('the entry for browsers', () => {
  it('E a named import bundles as it is, without polyfills and without Node code', async () => {
    const { text, inputs } = await bundle(
      "import { connect } from '../src/index.browser.ts'; connect('ws://h');",
    );
    expect(text.match(/\bBuffer\b|\bprocess\b|\brequire\(|node:|setImmediate/)?.[0]).toBeUndefined();
    expect(inputs.filter((input) => /node|tcp|tls/.test(input.replace(/.*packages/, '')))).toEqual([]);
    expect(inputs.filter((input) => input.includes('node_modules'))).toEqual([]);
  });

  it('exports what the entry for Node exports', async () => {
    const [node, browser] = await Promise.all([
      import('../src/index.node.ts'),
      import('../src/index.browser.ts'),
    ]);
    expect(Object.keys(browser).sort()).toEqual(Object.keys(node).sort());
    expect(Object.keys(node)).toContain('connect');
  });
});
