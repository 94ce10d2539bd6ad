/**
 * Death in the middle of a commit: strace kills the broker as it enters one of its writes or syncs, the nth that it
 * makes. Linux and strace. Says which words go before the broker's own; knows no clients.
 */
import type { Random } from '../clients/random.ts';

const CALLS = 'fdatasync,fsync,msync,pwrite64,pwritev';
/** A start makes a handful of them, so some deaths are in what opening the store writes. */
const MOST_CALLS = 150;

/** For `before` of a chapter with so many deaths: the first start and the last are left alone. */
export function killedInCommit(random: Random, deaths: number): (start: number) => readonly string[] {
  return (start) => {
    if (start === 0 || start >= deaths) return [];
    const inject = `inject=${CALLS}:signal=SIGKILL:when=${random.whole(1, MOST_CALLS)}`;
    return [
      'strace',
      '-D',
      '-f',
      '--seccomp-bpf',
      '-qq',
      '-o',
      '/dev/null',
      '-e',
      `trace=${CALLS}`,
      '-e',
      inject,
    ];
  };
}
