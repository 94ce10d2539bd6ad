/** The public door of @mqtt/session: exports only. */
export { AckOrder } from './ack-order.ts';
export { RestoreError } from './errors.ts';
export { IdMap, type Ids } from './ids.ts';
export { Inbound, InboundFlows } from './inbound.ts';
export { closeDeadline, pingreqDeadline } from './keep-alive.ts';
export type { Link, LinkHandler, LinkOrigin, PeerCertificate } from './link.ts';
export { Outbound, type OutboundFact, OutboundFlows, type Resend, restoreFlows } from './outbound.ts';
export { PacketIds } from './packet-ids.ts';
export { InboundAliases, OutboundAliases } from './topic-alias.ts';
export type { Verdict } from './verdict.ts';
