/**
 * An empty project with one packed package installed in it, as a user has it: npm install of the tarball, siblings
 * from their tarballs too. Runs and type-checks files there.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';
import { emptyFolder, ROOT } from './packed.ts';

const run = promisify(execFile);
const TYPES_NODE = '20.19.43';

/** What a program printed and how it ended. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The environment without what this repository's own tools set: no conditions, no colours, no test mode. */
function cleanEnvironment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([key]) => !/^(VITEST|NODE_OPTIONS|NODE_ENV|TEST|npm_)/.test(key),
  );
  return { ...Object.fromEntries(kept), NO_COLOR: '1' };
}

/** A project of a user. */
export class Project {
  readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  /** Installs the package `name`; `tarballs` has it and its siblings by name. */
  static async install(name: string, tarballs: ReadonlyMap<string, string>): Promise<Project> {
    const folder = emptyFolder();
    const files = Object.fromEntries([...tarballs].map(([key, path]) => [key, `file:${path}`]));
    const { [name]: own, ...overrides } = files;
    const dependencies = { [name]: own };
    const devDependencies = { '@types/node': TYPES_NODE };
    const manifest = {
      name: 'user',
      private: true,
      type: 'module',
      dependencies,
      devDependencies,
      overrides,
    };
    await writeFile(join(folder, 'package.json'), JSON.stringify(manifest));
    const args = [
      'install',
      '--prefer-offline',
      '--no-audit',
      '--no-fund',
      '--ignore-scripts',
      '--loglevel=error',
    ];
    await run('npm', args, { cwd: folder, env: cleanEnvironment() });
    return new Project(folder);
  }

  /** Type-checks files by name with everything strict, declarations of the package included. */
  async typecheck(code: Readonly<Record<string, string>>): Promise<string> {
    const files = Object.keys(code);
    for (const file of files) await writeFile(join(this.folder, file), code[file] ?? '');
    const options = {
      strict: true,
      noUncheckedIndexedAccess: true,
      exactOptionalPropertyTypes: true,
      module: 'NodeNext',
      target: 'ES2022',
      lib: ['ES2023', 'DOM'],
      types: ['node'],
      noEmit: true,
    };
    await writeFile(join(this.folder, 'tsconfig.json'), JSON.stringify({ compilerOptions: options, files }));
    const tsc = join(ROOT, 'node_modules', '.bin', 'tsc');
    const { stdout } = await this.#end(
      spawn(tsc, ['-p', '.'], { cwd: this.folder, env: cleanEnvironment() }),
    );
    return stdout;
  }

  /** Runs a JavaScript file with node, to its end or for `limit` ms. */
  async node(file: string, code: string, limit: number): Promise<Ended> {
    await writeFile(join(this.folder, file), code);
    const signal = AbortSignal.timeout(limit);
    return this.#end(spawn(process.execPath, [file], { cwd: this.folder, env: cleanEnvironment(), signal }));
  }

  /** Starts an installed program, e.g. mqttd. */
  start(program: string, args: readonly string[]): ChildProcess {
    const path = join(this.folder, 'node_modules', '.bin', program);
    return spawn(path, args, { cwd: this.folder, env: cleanEnvironment() });
  }

  /** Runs an installed program to its end. */
  run(program: string, args: readonly string[]): Promise<Ended> {
    return this.#end(this.start(program, args));
  }

  async #end(child: ChildProcess): Promise<Ended> {
    let stdout = '';
    let stderr = '';
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    child.on('error', (error) => {
      stderr += `${error.message}\n`;
    });
    const [code] = (await once(child, 'close')) as [number | null];
    return { code, stdout, stderr };
  }
}
