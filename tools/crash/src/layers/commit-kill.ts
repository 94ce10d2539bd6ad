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
    return killedAtCall(random.whole(1, MOST_CALLS));
  };
}

/** Words of a strace that kills what follows as it enters its nth write or sync, from 1. */
export function killedAtCall(n: number): readonly string[] {
  const inject = `inject=${CALLS}:signal=SIGKILL:when=${n}`;
  const quietly = ['-D', '-f', '--seccomp-bpf', '-qq', '-o', '/dev/null'];
  return ['strace', ...quietly, '-e', `trace=${CALLS}`, '-e', inject];
}
