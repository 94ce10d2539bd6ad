/**
 * Bundles one import the way a user's bundler does and counts the bytes. Knows no budget.
 */
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

/** Bytes of `source` bundled for a browser, minified and gzipped (level 9). Modules resolve from `folder`. */
export async function measure(source: string, folder: string): Promise<number> {
  const { outputFiles } = await build({
    stdin: { contents: source, resolveDir: folder, loader: 'ts' },
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    write: false,
    logLevel: 'silent',
  });
  return gzipSync(outputFiles[0]?.contents ?? new Uint8Array(), { level: 9 }).length;
}
