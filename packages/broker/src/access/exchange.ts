/**
 * What an authentication method may answer in an exchange, checked: anything else is a no (§4.12). The shapes stand
 * in the port, `access.ts`; packets in `connection/authenticate.ts`.
 */
import type { ExchangeStep } from './access.ts';
import { isRefusal, isTellable } from './refusal.ts';

/** Whether `answer` is a step: go on, success, or a refusal; with nothing in it that a client cannot be told. */
export function isExchangeStep(answer: unknown): answer is ExchangeStep {
  if (isRefusal(answer)) return true;
  if (typeof answer !== 'object' || answer === null || !('reasonCode' in answer)) return false;
  const { reasonCode, identity, ...properties } = answer as { reasonCode: unknown; identity?: unknown };
  if (reasonCode === 0) return typeof identity === 'string' && isTold(properties);
  return reasonCode === 0x18 && identity === undefined && isTold(properties);
}

/** The codec refuses a property of another type, one that AUTH has not, and one that is too long. */
function isTold(properties: object): boolean {
  return (
    !('authenticationMethod' in properties) && isTellable('AUTH', { ...properties, authenticationMethod: '' })
  );
}
