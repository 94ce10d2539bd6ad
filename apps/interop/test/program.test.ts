/** Other programs as child processes: a missing one is a clear failure, and so is one that ends or says nothing. */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { within } from '../src/peers/deadline.ts';
import { findProgram, Program, startProgramsBy } from '../src/peers/program.ts';
import { type Start, startHere } from '../src/peers/started.ts';
import { Starter } from '../src/peers/starter.ts';

const node = (script: string, onLine?: (line: string) => void): Program =>
  new Program(process.execPath, ['-e', script], onLine);

it('a program that is not installed is named, with what to type', () => {
  const wanted = () => findProgram('mosquitto-that-is-missing', 'apt-get install mosquitto');
  expect(wanted).toThrow('mosquitto-that-is-missing is not installed: apt-get install mosquitto');
});

describe.each([
  ['this process', () => Promise.resolve({ start: startHere, close: () => Promise.resolve() })],
  ['a small process', () => Starter.open()],
] as const)('a program started by %s', (_, open) => {
  let starter: { readonly start: Start; close(): Promise<void> };
  beforeAll(async () => {
    starter = await open();
    startProgramsBy(starter.start);
  });
  afterAll(async () => {
    startProgramsBy(startHere);
    await starter.close();
  });

  it('is waited for by its lines, printed before or after, on stdout or stderr', async () => {
    const lines: string[] = [];
    const program = node("console.log('one'); console.error('two'); process.stdin.resume()", (line) =>
      lines.push(line),
    );
    expect(await program.line(/^one$/)).toBe('one');
    expect(await program.line(/^two$/)).toBe('two');
    expect(await program.line(/^o/)).toBe('one');
    expect(lines.sort()).toEqual(['one', 'two']);
    expect(await program.end('SIGKILL')).toEqual({ code: null, signal: 'SIGKILL' });
  });

  it('that ends before its line is an error with its last words', async () => {
    const program = node("console.error('no such option'); process.exitCode = 3");
    await expect(program.line(/ready/)).rejects.toThrow(/ended with 3\n {2}node: no such option$/);
  });

  it('gets its stdin', async () => {
    const program = node("process.stdin.on('data', (data) => console.log(data.length))");
    program.input(new Uint8Array(3));
    expect(await program.line(/./)).toBe('3');
  });

  it('gets what is written at once in order, and all that it prints is read', async () => {
    const lines: string[] = [];
    const program = node("process.stdin.pipe(process.stdout); console.log('up')", (line) => lines.push(line));
    const long = 'x'.repeat(300_000);
    program.write('one\n');
    program.write(`${long}\n`);
    program.input(Buffer.from('end'));
    expect(await program.ended).toEqual({ code: 0, signal: null });
    expect(lines).toEqual(['up', 'one', long, 'end']);
  });

  it('has its process id', async () => {
    const program = node('console.log(process.pid); process.stdin.resume()');
    expect(await program.line(/^[0-9]+$/)).toBe(String(program.pid));
    await program.end('SIGTERM');
  });

  it('that cannot be started is an error', async () => {
    await expect(new Program('/no/such/program', []).line(/x/)).rejects.toThrow('ENOENT');
  });
});

describe('a small process that starts programs', () => {
  it('ends them when it ends', async () => {
    const starter = await Starter.open();
    startProgramsBy(starter.start);
    const program = node("console.log('up'); setInterval(() => undefined, 1000)");
    startProgramsBy(startHere);
    await program.line(/up/);
    await starter.close();
    expect(await program.ended).toEqual({ code: null, signal: 'SIGKILL' });
    expect(() => process.kill(program.pid ?? 0, 0)).toThrow('ESRCH');
  });
});

it('a small process ends its programs when the large one is killed', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const file = JSON.stringify(new URL('../src/peers/starter.ts', import.meta.url));
  const inner = `require('node:net').connect(${port}, '127.0.0.1')`;
  const script = `const { Starter } = await import(${file});
    (await Starter.open()).start(process.execPath, ['-e', ${JSON.stringify(inner)}], () => undefined);`;
  const large = new Program(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script]);
  const [socket] = (await once(server, 'connection')) as [Socket];
  const ended = once(socket.resume(), 'close');
  socket.on('error', () => undefined);
  await large.end('SIGKILL');
  await within(ended, 'the end of its program');
  server.close();
});

describe('an event that does not come', () => {
  it('is an error that names it', async () => {
    const never = new Promise<void>(() => undefined);
    const waiting = { patience: 1, detail: () => ', last line: hello' };
    await expect(within(never, 'SUBACK', waiting)).rejects.toThrow(
      'SUBACK: not within 1 ms, last line: hello',
    );
  });
});
