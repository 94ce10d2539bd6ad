/** Every fault that the test broker can have. */
import type { Fault } from './fault.ts';
import { faultsOf5 } from './faults-of-5.ts';
import { faultsOfMessages } from './faults-of-messages.ts';
import { faultsOfSessions } from './faults-of-sessions.ts';

/** In the order in which they are listed. A new one is a line in the file of its subject. */
export const faults: readonly Fault[] = [...faultsOfMessages, ...faultsOfSessions, ...faultsOf5];

/** The fault of this name. @throws {Error} that lists the names */
export function faultNamed(name: string): Fault {
  const found = faults.find((fault) => fault.name === name);
  if (found === undefined)
    throw new Error(`no fault is called ${name}: one of ${faults.map((fault) => fault.name).join(', ')}`);
  return found;
}
