/**
 * One process at a time for a file: a file beside it says whose it is. A process that died keeps nobody out, although
 * its lock stays: Linux tells since when a process runs, so that another one with the same id is not taken for it.
 * Holds on one machine; processes in different containers do not see each other.
 */
import { link, readFile, rename, unlink, writeFile } from 'node:fs/promises';

/** Takes the lock of `path` and gives what lets it go. @throws Error when a process that lives has it */
export async function lock(path: string): Promise<() => Promise<void>> {
  const file = `${path}.lock`;
  const own = `${process.pid} ${await startOf(process.pid)}`;
  const draft = `${file}.${process.pid}.${process.hrtime.bigint()}`;
  await writeFile(draft, own, { mode: 0o600 });
  try {
    for (;;) {
      try {
        await link(draft, file); // one of all wins
        return () => unlink(file);
      } catch (error) {
        if (codeOf(error) !== 'EEXIST') throw error;
      }
      await removeStale(file, `${draft}.stale`);
    }
  } finally {
    await unlink(draft);
  }
}

/** Takes the lock of a dead process away. @throws Error when it lives */
async function removeStale(file: string, aside: string): Promise<void> {
  const owner = await readFile(file, 'utf8').catch(() => '');
  const [pid = '', start = ''] = owner.split(' ');
  if (pid !== '' && isAlive(Number(pid)) && (await startOf(Number(pid))) === start) {
    throw new Error(
      `the process ${pid} uses it; end that, use another path, or remove ${file} if it is not so`,
    );
  }
  try {
    await rename(file, aside);
    // Another process may have done the same, and have taken the lock in between: then that is put back.
    if ((await readFile(aside, 'utf8')) !== owner) await link(aside, file).catch(() => {});
    await unlink(aside);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) === 'EPERM';
  }
}

/** When a process began, where the system tells; else always the same. */
async function startOf(pid: number): Promise<string> {
  try {
    const [boot, stat] = await Promise.all([
      readFile('/proc/sys/kernel/random/boot_id', 'utf8'),
      readFile(`/proc/${pid}/stat`, 'utf8'),
    ]);
    // Behind the name, which is in brackets and may hold anything, it is the 20th.
    return `${boot.trim()}/${stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]}`;
  } catch {
    return '-';
  }
}

/** The code of an error of the system: `ENOENT`, … */
export function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
