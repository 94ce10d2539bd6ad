/**
 * Loaded into an mqttd before its program: how late its event loop is at most, by the clock, and as far as its own thread was
 * at work meanwhile, not waiting for a core that others had. A line for each quarter of a second goes to the file named in HOSTILE_PROBE.
 */
import { appendFileSync, closeSync, openSync, readSync } from 'node:fs';
import process from 'node:process';

const PACE = 5;
const LINES = 50;
const schedule = `/proc/self/task/${process.pid}/schedstat`;
const text = Buffer.alloc(128);

/** ms that the main thread has been at work. */
function worked() {
  const file = openSync(schedule, 'r');
  const length = readSync(file, text, 0, text.length, 0);
  closeSync(file);
  return Number(text.toString('latin1', 0, length).split(' ')[0]) / 1e6;
}

let [then, before] = [performance.now(), worked()];
let [late, own, count] = [0, 0, 0];
setInterval(() => {
  const [now, since] = [performance.now(), worked()];
  late = Math.max(late, now - then - PACE);
  own = Math.max(own, Math.min(now - then - PACE, since - before));
  [then, before] = [now, since];
  if (++count % LINES !== 0) return;
  appendFileSync(process.env.HOSTILE_PROBE ?? '/dev/null', `${late} ${own}\n`);
  [late, own] = [0, 0];
}, PACE).unref();
