/** Many jobs, so many at a time, in their order. Knows no job. */

/** Resolves when all are done; a job does not fail. */
export async function pool<T>(
  jobs: readonly T[],
  parallel: number,
  work: (job: T) => Promise<void>,
): Promise<void> {
  const left = jobs.values();
  const worker = async (): Promise<void> => {
    for (const job of left) await work(job);
  };
  await Promise.all(Array.from({ length: Math.min(parallel, jobs.length) }, worker));
}
