/**
 * The pages in which the suite runs: a plain `<script type="module">` with an import map over the built files, and a
 * bundle as a bundler makes it. Served from loopback, where a page may do what it may on https.
 */
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { createRequire } from 'node:module';
import { dirname, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BuildOptions, build } from 'esbuild';

const HERE = fileURLToPath(new URL('.', import.meta.url));
const PACKAGES = ['@mqtt/client', '@mqtt/codec', '@mqtt/session', 'idb'];
const DOORS = [
  ['@mqtt/client', '@mqtt/client/dist/index.browser.js'],
  ['@mqtt/client/small', '@mqtt/client/dist/index.small.js'],
  ['@mqtt/client/store-indexeddb', '@mqtt/client/dist/stores/indexeddb.js'],
  ['@mqtt/codec', '@mqtt/codec/dist/index.js'],
  ['@mqtt/session', '@mqtt/session/dist/index.js'],
  ['idb', 'idb/build/index.js'],
] as const;
const { resolve } = createRequire(import.meta.url);
/** The others are the client's dependencies, not ours. */
const fromClient = createRequire(resolve('@mqtt/client/package.json'));

function folderOf(name: string): string {
  const manifest =
    name === '@mqtt/client' ? resolve(`${name}/package.json`) : fromClient.resolve(`${name}/package.json`);
  return dirname(manifest);
}

/** The suite as JavaScript: alone, or with the client in it. */
async function suite(isBundle: boolean): Promise<string> {
  const options: BuildOptions = {
    entryPoints: [join(HERE, 'page.ts')],
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    minify: isBundle,
    logLevel: 'silent',
  };
  const { outputFiles = [] } = await build(isBundle ? options : { ...options, external: ['@mqtt/*', 'idb'] });
  return outputFiles[0]?.text ?? '';
}

function page(script: string): string {
  const imports = Object.fromEntries(DOORS.map(([name, file]) => [name, `/packages/${file}`]));
  return `<!doctype html><script type="importmap">${JSON.stringify({ imports })}</script><script type="module" src="${script}"></script>`;
}

/** A running site. */
export interface Site {
  /** The page whose script is a module among the built files; the page with a bundle. */
  readonly pages: { readonly module: string; readonly bundle: string };
  close(): Promise<void>;
}

/** Serves the pages on a free port of loopback. */
export async function openSite(): Promise<Site> {
  const files = new Map([
    ['/module.html', page('/module.js')],
    ['/bundle.html', '<!doctype html><script type="module" src="/bundle.js"></script>'],
    ['/module.js', await suite(false)],
    ['/bundle.js', await suite(true)],
  ]);
  const read = (path: string): string | undefined => {
    const [, name = '', file = ''] =
      /^\/packages\/((?:@mqtt\/)?[a-z]+)\/((?:dist|build)\/(?:stores\/)?[\w.-]+\.js)$/.exec(path) ?? [];
    return PACKAGES.includes(name) ? readFileSync(join(folderOf(name), file), 'utf8') : files.get(path);
  };
  const server: Server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://site');
    const text = read(pathname);
    const type = extname(pathname) === '.js' ? 'text/javascript' : 'text/html';
    response
      .writeHead(text === undefined ? 404 : 200, { 'content-type': `${type}; charset=utf-8` })
      .end(text);
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no TCP port');
  const origin = `http://127.0.0.1:${address.port}`;
  return {
    pages: { module: `${origin}/module.html`, bundle: `${origin}/bundle.html` },
    close: () => new Promise((closed) => server.close(() => closed())),
  };
}
