/**
 * Native addons inside a single executable: which ones a program has, and an esbuild plugin that makes their packages
 * load them from the executable's own assets. What an addon does is none of its business.
 */
import { createRequire } from 'node:module';
import { basename } from 'node:path';
import process from 'node:process';
import type { Plugin } from 'esbuild';

/** A package that brings an addon, and the module names through which it asks for the file. */
interface Native {
  readonly package: string;
  /** Found in the path of its file. */
  readonly file: RegExp;
  readonly asks: RegExp;
  /** The module that is put in the place of what it asks for. */
  readonly answer: (asset: string) => string;
}

const NATIVES: readonly Native[] = [
  {
    package: '@node-rs/argon2',
    file: /argon2/,
    asks: /^@node-rs\/argon2-/,
    answer: (asset) => `module.exports = require('addon-loader')(${JSON.stringify(asset)});`,
  },
  {
    package: 'lmdb',
    file: /lmdb/,
    asks: /^node-gyp-build-optional-packages$/,
    answer: (asset) => `module.exports = () => require('addon-loader')(${JSON.stringify(asset)});`,
  },
];

/** Runs inside the executable: an addon can be loaded from a file alone, so it is one for as long as that takes. */
const LOADER = `
const { mkdtempSync, rmSync, writeFileSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { join } = require('node:path');
const { getAsset } = require('node:sea');
module.exports = (name) => {
  const folder = mkdtempSync(join(tmpdir(), 'mqttd-'));
  const file = join(folder, name);
  try {
    writeFileSync(file, new Uint8Array(getAsset(name)), { mode: 0o700 });
    const addon = { exports: {} };
    process.dlopen(addon, file);
    return addon.exports;
  } finally {
    try { rmSync(folder, { recursive: true, force: true }); } catch {}
  }
};`;

/** Asset name -> file, for every addon that the packages of `manifest` load on this machine. */
export function addonsOf(manifest: string): ReadonlyMap<string, string> {
  const require = createRequire(manifest);
  const found = new Map<string, string>();
  for (const native of NATIVES) {
    try {
      require(native.package);
    } catch (error) {
      const isAbsent = error instanceof Error && 'code' in error && error.code === 'MODULE_NOT_FOUND';
      if (!isAbsent) throw error;
    }
  }
  // Which of its files a package takes here is its own secret; what was loaded is not.
  const report: unknown = process.report.getReport();
  const { sharedObjects } = report as { readonly sharedObjects: readonly string[] };
  for (const { file } of NATIVES) {
    const path = sharedObjects.find((one) => one.endsWith('.node') && file.test(one));
    if (path !== undefined) found.set(basename(path), path);
  }
  return found;
}

/**
 * Code in strings knows the variables around it by name, and a bundle gives variables of ES modules other names. Those of a
 * CommonJS module keep theirs, so what calls `eval` (lmdb's keys: without it no store could be opened again) comes as one.
 */
export const evalPlugin: Plugin = {
  name: 'eval',
  setup(build) {
    build.onResolve({ filter: /^ordered-binary(?:\/index\.js)?$/ }, ({ path, importer }) => ({
      path: createRequire(importer).resolve(path),
    }));
  },
};

/** Makes packages find their addons in the executable. */
export function addonPlugin(addons: ReadonlyMap<string, string>): Plugin {
  return {
    name: 'addons',
    setup(build) {
      build.onResolve({ filter: /^addon-loader$/ }, () => ({ path: 'loader', namespace: 'addon' }));
      // msgpackr and ws do without these where they cannot be loaded; asking Node for them would make it warn at each start.
      build.onResolve({ filter: /^(?:msgpackr-extract|bufferutil|utf-8-validate)$|\.node$/ }, () => ({
        path: 'absent',
        namespace: 'addon',
      }));
      for (const native of NATIVES) {
        build.onResolve({ filter: native.asks }, () => ({ path: native.package, namespace: 'addon' }));
      }
      build.onLoad({ filter: /.*/, namespace: 'addon' }, ({ path }) => {
        if (path === 'loader') return { contents: LOADER };
        const native = NATIVES.find((one) => one.package === path);
        const asset = [...addons.keys()].find((name) => native?.file.test(addons.get(name) ?? ''));
        if (native === undefined || asset === undefined)
          return { contents: "throw new Error('not in this executable');" };
        return { contents: native.answer(asset) };
      });
    },
  };
}
