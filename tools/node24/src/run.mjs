#!/usr/bin/env node
/**
 * Runs a program of node_modules/.bin under Node 24: `node run.mjs vitest run …`.
 * Answers: where is Node 24 when the machine has another Node? In the npm package of this folder.
 */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import process from 'node:process';

const require = createRequire(import.meta.url);

/** The path of a Node 24 executable; this process's own when it already is Node 24. */
function node24() {
  if (process.versions.node.startsWith('24.')) return process.execPath;
  for (const name of [
    `node-${process.platform}-${process.arch}`,
    `node-bin-${process.platform}-${process.arch}`,
  ]) {
    try {
      const path = join(dirname(require.resolve(`${name}/package.json`)), 'bin', 'node');
      if (existsSync(path)) return path;
    } catch {
      // not the package of this platform
    }
  }
  console.error(`no Node 24 for ${process.platform}-${process.arch}: run this under a Node 24 of your own`);
  process.exit(1);
}

/** The script behind a program's name, from the package in the repository's root that carries the name. */
function program(name) {
  const manifest = createRequire(join(process.cwd(), 'package.json')).resolve(`${name}/package.json`);
  const { bin } = JSON.parse(readFileSync(manifest, 'utf8'));
  return join(dirname(manifest), typeof bin === 'string' ? bin : bin[name]);
}

const [name, ...args] = process.argv.slice(2);
const child = spawn(node24(), [program(name), ...args], { stdio: 'inherit' });
child.on('exit', (code, signal) => process.exit(signal === null ? code : 1));
