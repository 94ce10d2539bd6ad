/**
 * `mqttd store check|dump|compact|export|import`: a data folder while no broker has it (check, dump and export: also
 * while one has). Lines go out as they are read, however large the store is.
 */
import { resolve } from 'node:path';
import { checkStore, compactStore, dumpStore, exportStore, importStore, StoreError } from '@mqtt/store-lmdb';
import type { Place } from '../config/configure.ts';
import { stateFolder } from '../config/state-folder.ts';
import type { StoreTask } from './command-line.ts';
import type { Outcome } from './configuration.ts';

/** Where lines go, and come from. */
export interface Pipes {
  /** Resolves when more may be written. */
  readonly write: (text: string) => Promise<void>;
  readonly lines: AsyncIterable<string>;
}

/** Exit code when damaged records were found. */
const DAMAGED = 2;

async function printed(lines: AsyncIterable<string>, { write }: Pipes): Promise<Outcome> {
  for await (const line of lines) await write(`${line}\n`);
  return { stdout: '', stderr: '', exitCode: 0 };
}

async function checked(folder: string): Promise<Outcome> {
  const { records, faults, setAside, liveBytes, fileBytes } = await checkStore(folder);
  const counts = Object.entries(records).map(([table, count]) => `${table}: ${count}\n`);
  const sizes = `bytes: ${liveBytes} of records, ${fileBytes} of the file\n`;
  const aside = setAside > 0 ? `set aside before: ${setAside} damaged records\n` : '';
  const wrong = faults.map((fault) => `${fault}\n`).join('');
  const verdict =
    faults.length === 0
      ? 'every record is sound\n'
      : `${faults.length} faults; a broker that loads it sets damaged records aside and goes on with the others\n`;
  const exitCode = faults.length === 0 ? 0 : DAMAGED;
  return { stdout: `${counts.join('')}${sizes}${aside}${verdict}`, stderr: wrong, exitCode };
}

/** Does it with the folder `data`, or the one that mqttd would take. */
export async function store(
  task: StoreTask,
  data: string | undefined,
  { environment, folder: here }: Place,
  pipes: Pipes,
): Promise<Outcome> {
  const folder = data === undefined ? stateFolder(environment) : resolve(here, data);
  try {
    switch (task) {
      case 'check':
        return await checked(folder);
      case 'dump':
        return await printed(dumpStore(folder), pipes);
      case 'export':
        return await printed(exportStore(folder), pipes);
      case 'import': {
        const count = await importStore(folder, pipes.lines);
        return { stdout: `${count} records in ${folder}\n`, stderr: '', exitCode: 0 };
      }
      case 'compact': {
        const { before, after } = await compactStore(folder);
        return { stdout: `${folder}: ${before} bytes before, ${after} after\n`, stderr: '', exitCode: 0 };
      }
    }
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    return { stdout: '', stderr: `mqttd: ${error.message}\n`, exitCode: 1 };
  }
}
