/**
 * What an authentication method may answer in an exchange, checked: anything else is a no (§4.12). The shapes stand
 * in the port, `access.ts`; packets in `connection/authenticate.ts`.
 */
import type { Acceptance, ExchangeStep } from './access.ts';
import { isRefusal, isTellable } from './refusal.ts';

/** Whether `answer` is a step: go on, success, or a refusal; with nothing in it that a client cannot be told. */
export function isExchangeStep(answer: unknown): answer is ExchangeStep {
  if (isRefusal(answer)) return true;
  if (typeof answer !== 'object' || answer === null || !('reasonCode' in answer)) return false;
  const { reasonCode, identity, clientId, attributes, ...properties } = answer as Partial<Said> &
    Pick<Said, 'reasonCode'>;
  if (reasonCode === 0) return isAcceptance({ identity, clientId, attributes }) && isTold(properties);
  const isPlain = identity === undefined && clientId === undefined && attributes === undefined;
  return reasonCode === 0x18 && isPlain && isTold(properties);
}

type Said = { readonly [K in 'reasonCode' | 'identity' | 'clientId' | 'attributes']: unknown };

/** Whether `answer` is a yes that says who, and nothing that means nothing. */
export function isAcceptance(answer: unknown): answer is Acceptance {
  if (typeof answer !== 'object' || answer === null) return false;
  const { identity, clientId, attributes, ...rest } = answer as {
    readonly identity?: unknown;
    readonly clientId?: unknown;
    readonly attributes?: unknown;
  };
  const isChoice = clientId === undefined || typeof clientId === 'string';
  const isKnown = attributes === undefined || (typeof attributes === 'object' && attributes !== null);
  return typeof identity === 'string' && isChoice && isKnown && Object.keys(rest).length === 0;
}

/** The codec refuses a property of another type, one that AUTH has not, and one that is too long. */
function isTold(properties: object): boolean {
  return (
    !('authenticationMethod' in properties) && isTellable('AUTH', { ...properties, authenticationMethod: '' })
  );
}
