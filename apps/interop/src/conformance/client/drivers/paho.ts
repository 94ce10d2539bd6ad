/** The two Paho libraries as clients under test. */
import { openPahoC } from '../../../peers/paho-c.ts';
import { openPahoPython } from '../../../peers/paho-python.ts';
import type { Driver } from './driver.ts';
import { lineDriver } from './line-driver.ts';

/** paho-mqtt of Python, one process for all cases. */
export const pahoPython: Driver = lineDriver('paho-mqtt (Python)', openPahoPython);

/** The Paho C library, a process a case. */
export const pahoC: Driver = lineDriver('Paho C', openPahoC);
