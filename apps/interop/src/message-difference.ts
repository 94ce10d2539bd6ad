/**
 * Whether a message that came is the one that was expected, and if not, in which way, in words.
 */
import { shown } from './conformance/show.ts';
import type { Message, MessageProperties } from './peers/peer.ts';

const LONGEST = 100;

/** A message in words. */
export function shownMessage({ topic, payload, qos, retain, properties }: Message): string {
  const text = payload.length <= LONGEST ? shown(payload) : `${payload.length} bytes`;
  const said = Object.entries(properties ?? {}).filter(
    ([, value]) => value !== undefined && shown(value) !== '[]',
  );
  const more = said.length === 0 ? '' : `, ${shown(Object.fromEntries(said))}`;
  return `${JSON.stringify(topic)} ${text} QoS ${qos}${retain ? ' retained' : ''}${more}`;
}

/** What is otherwise; undefined when it is the expected one. Properties that are not expected are not looked at. */
export function differenceOf(got: Message, wanted: Message): string | undefined {
  const differs =
    got.topic !== wanted.topic ||
    got.qos !== wanted.qos ||
    got.retain !== wanted.retain ||
    got.payload.length !== wanted.payload.length;
  if (differs) return `${shownMessage(got)}, expected ${shownMessage(wanted)}`;
  if (Buffer.compare(got.payload, wanted.payload) !== 0)
    return `${shownMessage(got)}: the payload was changed, expected ${shownMessage(wanted)}`;
  return propertyDifference(got.properties ?? {}, wanted.properties ?? {});
}

function propertyDifference(got: MessageProperties, wanted: MessageProperties): string | undefined {
  for (const [name, value] of Object.entries(wanted)) {
    const came: unknown = Object.entries(got).find(([other]) => other === name)?.[1];
    if (name === 'messageExpiryInterval') {
      const isLess = typeof came === 'number' && came <= Number(value) && came > 0;
      if (!isLess) return `${name} ${shown(came)}, expected at most ${shown(value)}`;
    } else if (shown(came) !== shown(value)) return `${name} ${shown(came)}, expected ${shown(value)}`;
  }
  return undefined;
}
