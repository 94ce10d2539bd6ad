/** Many jobs, so many at a time, in their order; a job may count as several. Knows no job. */

/** Resolves when all are done; a job does not fail. One that counts for more than there is room for goes alone. */
export async function pool<T>(
  jobs: readonly T[],
  parallel: number,
  work: (job: T) => Promise<void>,
  weight: (job: T) => number = () => 1,
): Promise<void> {
  const running = new Set<Promise<void>>();
  let taken = 0;
  for (const job of jobs) {
    const size = weight(job);
    while (running.size > 0 && taken + size > parallel) await Promise.race(running);
    taken += size;
    const done = work(job).then(() => {
      running.delete(done);
      taken -= size;
    });
    running.add(done);
  }
  await Promise.all(running);
}
