/** Many jobs, so many at a time, in their order; a job may count as several, and wait for calm. Knows no job. */

/** How jobs are taken. */
export interface Taking<T> {
  /** How many may go at a time. */
  readonly parallel: number;
  /** As how many a job counts; 1 unless it is said. One that counts for more than there is room for goes alone. */
  readonly weight?: (job: T) => number;
  /** Waited for before a job begins beside others; one begins in any case. */
  readonly calm?: () => Promise<void>;
}

/** Resolves when all are done; a job does not fail. */
export async function pool<T>(
  jobs: readonly T[],
  { parallel, weight = () => 1, calm }: Taking<T>,
  work: (job: T) => Promise<void>,
): Promise<void> {
  const running = new Set<Promise<void>>();
  let taken = 0;
  for (const job of jobs) {
    const size = weight(job);
    while (running.size > 0 && taken + size > parallel) await Promise.race(running);
    if (running.size > 0 && calm !== undefined) await Promise.race([calm(), Promise.all(running)]);
    taken += size;
    const done = work(job).then(() => {
      running.delete(done);
      taken -= size;
    });
    running.add(done);
  }
  await Promise.all(running);
}
