/** Other programs as child processes: a missing one is a clear failure, and so is one that ends or says nothing. */
import { describe, expect, it } from 'vitest';
import { within } from '../src/peers/deadline.ts';
import { findProgram, Program } from '../src/peers/program.ts';

const node = (script: string, onLine?: (line: string) => void): Program =>
  new Program(process.execPath, ['-e', script], onLine);

describe('a program', () => {
  it('that is not installed is named, with what to type', () => {
    const wanted = () => findProgram('mosquitto-that-is-missing', 'apt-get install mosquitto');
    expect(wanted).toThrow('mosquitto-that-is-missing is not installed: apt-get install mosquitto');
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

  it('that cannot be started is an error', async () => {
    await expect(new Program('/no/such/program', []).line(/x/)).rejects.toThrow('ENOENT');
  });
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
