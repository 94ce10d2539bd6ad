/**
 * A power cut: the data is on ext4 on a loop device whose image is in memory. The process is stopped, the image copied
 * as it is, which is without anything that only the page cache has, and the copy is mounted in its place. What a drive
 * would reorder in its own cache is not modelled.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Target } from '../broker/target.ts';
import type { Death } from '../chapter.ts';
import { run } from './system.ts';

const SIZE = '96M';

/** Whether no thread of a process is at work, not in the kernel either. */
function isStill(pid: number): boolean {
  const folder = `/proc/${pid}/task`;
  return readdirSync(folder).every((thread) => {
    const text = readFileSync(join(folder, thread, 'stat'), 'utf8');
    return text.slice(text.lastIndexOf(')') + 2).startsWith('T');
  });
}

/** A disk that can lose its power. Linux, root and loop devices: see `withoutDisks`. */
export function powerCut(): Death {
  const folder = mkdtempSync('/dev/shm/mqtt-crash-');
  const image = join(folder, 'disk.img');
  const mounted = join(folder, 'mounted');
  let device = '';
  const attach = (): void => {
    device = run('losetup', '-f', '--show', image);
    run('mount', device, mounted);
  };
  const detach = (): void => {
    run('umount', mounted);
    run('losetup', '-d', device);
    device = '';
  };
  mkdirSync(mounted);
  run('truncate', '-s', SIZE, image);
  run('mkfs.ext4', '-q', '-F', '-m', '0', image);
  attach();
  // Whoever ends this process in the middle leaves no disk behind.
  const tidyUp = (): void => {
    if (device !== '') spawnSync('umount', ['-l', mounted]);
    if (device !== '') spawnSync('losetup', ['-d', device]);
    rmSync(folder, { recursive: true, force: true });
  };
  process.once('exit', tidyUp);
  return {
    name: 'power cut',
    data: join(mounted, 'data'),
    strike: async (target: Target) => {
      const { pid } = target;
      await target.signal('SIGSTOP');
      while (pid !== undefined && existsSync(`/proc/${pid}`) && !isStill(pid)) await sleep(1);
      run('cp', '--sparse=always', image, `${image}.cut`);
      await target.signal('SIGKILL');
      detach();
      renameSync(`${image}.cut`, image);
      attach();
    },
    end: async () => {
      process.off('exit', tidyUp);
      if (device !== '') detach();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
