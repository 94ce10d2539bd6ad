/**
 * Who may do what, by the same files: every action of the table at Mosquitto, then at mqttd on the same ports. mqttd
 * must answer as Mosquitto does, but where it departs on purpose; and there it must depart.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { killPrograms } from '../src/peers/program.ts';
import { Files, type Guarded, guardedMosquitto, guardedMqttd } from '../src/rights.ts';
import { act } from '../src/rights-play.ts';
import { type Connected, type Fate, type Maker, reloaded } from '../src/rights-reload.ts';
import { actions, departureOf, wordsOf } from '../src/rights-table.ts';

const answers = { mosquitto: new Map<string, string>(), mqttd: new Map<string, string>() };

/** What comes of every action. */
async function playAll(broker: Guarded, into: Map<string, string>): Promise<void> {
  for (const action of actions) {
    const answer = await act(broker.doors, action).catch((error: unknown) => `failed: ${String(error)}`);
    into.set(wordsOf(action), answer);
  }
}

let files: Files;
beforeAll(async () => {
  files = await Files.write();
  for (const [name, start] of [
    ['mosquitto', guardedMosquitto],
    ['mqttd', guardedMqttd],
  ] as const) {
    const broker = await start(files);
    await playAll(broker, answers[name]);
    await broker.stop();
  }
}, 180_000);
afterAll(async () => {
  killPrograms();
  await files.remove();
});

describe('the same files, the same answers', () => {
  it('at 60 actions and more, each of them another one', () => {
    const words = actions.map(wordsOf);
    expect(new Set(words).size).toBe(words.length);
    expect(words.length).toBeGreaterThanOrEqual(60);
  });

  for (const action of actions) {
    const words = wordsOf(action);
    const why = departureOf(action)?.why;
    it(why === undefined ? words : `${words}; otherwise on purpose: ${why}`, () => {
      const mosquitto = answers.mosquitto.get(words);
      const mqttd = answers.mqttd.get(words);
      expect(`${mosquitto}${mqttd}`).not.toContain('failed');
      const departure = departureOf(action);
      expect([mosquitto, mqttd]).toEqual(
        departure === undefined ? [mosquitto, mosquitto] : [departure.mosquitto, departure.mqttd],
      );
    });
  }
});

describe('the same files, changed, and SIGHUP: whoever would not be let in any more is disconnected, without a will', () => {
  const fates = new Map<Maker, ReadonlyMap<Connected, Fate>>();
  beforeAll(async () => {
    for (const maker of ['mosquitto', 'mqttd'] as const) fates.set(maker, await reloaded(maker));
  }, 60_000);

  it.each<[Connected, string]>([
    ['kept', 'whose line is the same'],
    ['observer', 'who sees it'],
    ['removed', 'who was taken out of the password file'],
    ['changed', 'who has another password'],
    ['nobody', 'without a name, where allow_anonymous is false now'],
  ])('%s: %s', (who) => {
    const [theirs, ours] = [fates.get('mosquitto')?.get(who), fates.get('mqttd')?.get(who)];
    expect(theirs).toEqual({ stays: who === 'kept' || who === 'observer', willed: false });
    expect(ours).toEqual(theirs);
  });

  it('resalted: whose password is the same with another salt; otherwise on purpose: mqttd keeps no password to try', () => {
    expect(fates.get('mosquitto')?.get('resalted')).toEqual({ stays: true, willed: false });
    expect(fates.get('mqttd')?.get('resalted')).toEqual({ stays: false, willed: false });
  });
});
