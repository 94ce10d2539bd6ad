/**
 * Each published package, from its tarball in an empty project: its README's examples type-check and run, its
 * doors open, what claims to run in a browser bundles for one, and mqttd starts and stops.
 */
import { readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { build, transform } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Daemon, startDaemon } from '../src/daemon.ts';
import { commandOf, type Example, examplesOf, needsBroker, type Ports, withPorts } from '../src/examples.ts';
import { emptyFolder, pack, publishedPackages } from '../src/packed.ts';
import { Project } from '../src/project.ts';

/** Time an example has to end by itself, ms. */
const LIMIT = 20_000;
const IN_BROWSERS = ['@mqtt/codec', '@mqtt/session', '@mqtt/client'];
/** Serve brokers themselves: their examples get free ports, not those of a running mqttd. */
const BROKERS = ['@mqtt/broker'];

const packages = publishedPackages();
const folder = emptyFolder();
const tarballs = new Map<string, string>();
const projects = new Map<string, Promise<Project>>();

/** The project of a package, installed once. */
function project(name: string): Promise<Project> {
  const made = projects.get(name) ?? Project.install(name, tarballs);
  projects.set(name, made);
  return made;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** Runs one example; throws with what was wrong. */
async function tryExample(where: Project, example: Example, ports: Ports): Promise<void> {
  if (!example.runs) return;
  const code = withPorts(example.code, ports);
  const { code: script } = await transform(code, { loader: 'ts', format: 'esm', target: 'node20' });
  const ended = await where.node('example.js', script, LIMIT);
  expect(ended, `example at line ${example.line}`).toMatchObject({ code: 0, stderr: '' });
  if (example.prints !== undefined) expect(ended.stdout).toBe(withPorts(example.prints, ports));
}

/** One statement that opens every door of a package. */
function importAll(name: string, exports: Readonly<Record<string, unknown>>): string {
  const doors = Object.keys(exports).filter((door) => door !== './package.json');
  return doors.map((door, i) => `export * as door${i} from '${name}${door.slice(1)}';\n`).join('');
}

beforeAll(() => {
  for (const one of packages) tarballs.set(one.manifest.name, pack(one, folder));
}, 60_000);

afterAll(async () => {
  for (const made of await Promise.all(projects.values()))
    rmSync(made.folder, { recursive: true, force: true });
  rmSync(folder, { recursive: true, force: true });
});

describe.each(packages.filter(({ manifest }) => manifest.exports !== undefined))('$manifest.name', (one) => {
  const { name, exports = {} } = one.manifest;
  const examples = examplesOf(readFileSync(join(one.folder, 'README.md'), 'utf8'));
  let installed: Project;

  beforeAll(async () => {
    installed = await project(name);
  }, 120_000);

  it('has a README with an example that runs', () => {
    expect(examples.filter((example) => example.runs)).not.toHaveLength(0);
  });

  it('opens every door that needs no peer dependency', async () => {
    const code = importAll(
      name,
      Object.fromEntries(Object.entries(exports).filter(([door]) => door !== './testing')),
    );
    expect(await installed.typecheck({ 'doors.ts': code })).toBe('');
    expect(await installed.node('doors.js', code, LIMIT)).toMatchObject({ code: 0, stderr: '' });
  }, 60_000);

  it('runs and type-checks every example of its README', async () => {
    // All at once: a start of the compiler costs more than an example.
    const code = Object.fromEntries(examples.map((example) => [`example-${example.line}.ts`, example.code]));
    expect(await installed.typecheck(code)).toBe('');
    const isBroker = BROKERS.includes(name);
    let daemon: Daemon | undefined;
    if (!isBroker && examples.some((example) => needsBroker(example.code))) {
      daemon = await startDaemon(await project('mqttd'), ['-p', '0', '--data', ':memory:']);
    }
    try {
      for (const example of examples) {
        const ports = daemon?.ports ?? { mqtt: await freePort(), websocket: await freePort() };
        await tryExample(installed, example, ports);
      }
    } finally {
      await daemon?.stop();
    }
  }, 240_000);
});

describe.each(packages.filter(({ manifest }) => IN_BROWSERS.includes(manifest.name)))(
  '$manifest.name',
  (one) => {
    it('bundles for a browser without anything of Node', async () => {
      const { name, exports = {} } = one.manifest;
      const { metafile } = await build({
        stdin: {
          contents: importAll(name, { '.': exports['.'] }),
          resolveDir: (await project(name)).folder,
        },
        bundle: true,
        format: 'esm',
        platform: 'browser',
        write: false,
        metafile: true,
        logLevel: 'silent',
      });
      const inputs = Object.keys(metafile.inputs);
      expect(inputs.filter((path) => !/node_modules\/@mqtt\/|^<stdin>$/.test(path))).toEqual([]);
      expect(inputs.length).toBeGreaterThan(1);
    }, 60_000);
  },
);

describe('mqttd', () => {
  it('starts as its README says, is ready in one line, and ends with exit 0 on SIGTERM', async () => {
    const one = packages.find(({ manifest }) => manifest.name === 'mqttd');
    const args = commandOf(readFileSync(join(one?.folder ?? '', 'README.md'), 'utf8'), 'mqttd');
    expect(args, 'a README with a ```sh line that starts mqttd').toBeDefined();
    const ports = (args ?? []).map((word, i) =>
      ['-p', '--port'].includes(args?.[i - 1] ?? '') ? '0' : word,
    );
    const made = await project('mqttd');
    const data = ['--data', join(made.folder, 'state')]; // not in the folders of whoever runs the tests
    const daemon = await startDaemon(made, [
      ...(ports.includes('0') ? ports : [...ports, '-p', '0']),
      ...data,
    ]);
    expect(daemon.readyLine).toMatch(/^mqttd ready mqtt:\/\/127\.0\.0\.1:\d+/);
    expect(await daemon.stop()).toBe(0);
  }, 120_000);
});

describe('mqtt-conformance', () => {
  it('plays statements against a broker and against a client, and says when nobody answers', async () => {
    const made = await project('@mqtt/interop');
    const daemon = await startDaemon(await project('mqttd'), ['-p', '0', '--data', ':memory:']);
    const url = `mqtt://127.0.0.1:${daemon.ports.mqtt}`;
    try {
      const broker = await made.run('mqtt-conformance', [
        url,
        '--version',
        '5.0',
        '--filter',
        'MQTT-3.12.4-1',
      ]);
      expect(broker).toMatchObject({ code: 0, stderr: '' });
      expect(broker.stdout).toContain('5.0: 1 passed');
    } finally {
      await daemon.stop();
    }
    expect(await made.run('mqtt-conformance', [url])).toMatchObject({ code: 69, stdout: '' });
    const client = await made.run('mqtt-conformance', [
      '--client',
      '--driver',
      'ours',
      '--filter',
      'MQTT-4.3.1-1',
    ]);
    expect(client).toMatchObject({ code: 0, stderr: '' });
    expect(client.stdout).toContain('@mqtt/client, statements that bind a client');
  }, 120_000);
});
