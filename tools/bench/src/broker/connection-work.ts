/**
 * The work of load processes in which connections alone count: those that do nothing, and those that come and go.
 */
import type { Open } from './orders.ts';
import { Wired } from './wired.ts';
import { closeAll, type Shift, type Work } from './work.ts';

type Of<Kind extends Open['do']> = Extract<Open, { do: Kind }>;

const READ_BYTES = 64;

/** Connections that are opened and then do nothing. */
export function idle(order: Of<'idle'>, shift: Shift): Work {
  const all: Wired[] = [];
  shift.openAll(order.count, (number, opened) => {
    const talk = { accepted: opened, packet: () => {}, drained: () => {}, ended: shift.complain };
    all.push(new Wired(order.address, `bench-i${number}`, READ_BYTES, talk));
  });
  return {
    go: () => {},
    tally: () => shift.tallyOf(all.length - shift.ended),
    close: (gone) => closeAll(all, gone),
  };
}

/** Connections that are closed as soon as CONNACK came, `atATime` of them at once. */
export function connects(order: Of<'connects'>, shift: Shift): Work {
  let begun = 0;
  const one = (): void => {
    if (begun >= order.count) return;
    const number = begun++;
    const wired = new Wired(order.address, `bench-c${number}`, READ_BYTES, {
      accepted: () => {
        shift.move(1);
        wired.close(one);
      },
      packet: () => {},
      drained: () => {},
      ended(why) {
        shift.complain(why);
        one();
      },
    });
  };
  shift.openAll(0, () => {});
  return {
    go() {
      begun = 0;
      shift.want(order.count);
      for (let i = 0; i < order.atATime; i++) one();
    },
    tally: () => shift.tallyOf(shift.moved),
    close: (gone) => gone(),
  };
}
