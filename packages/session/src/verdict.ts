/**
 * What the session answers when a packet of a delivery flow came: a constant, on which the caller acts. The session
 * itself sends nothing. Which verdicts a method can give is in its own return type.
 */

/**
 * - `new`: a message to hand on; answer with PUBACK or PUBREC once it is kept (§4.3.2, §4.3.3).
 * - `duplicate`: PUBREC again, and hand on nothing [MQTT-4.3.3-10].
 * - `release`: send PUBREL [MQTT-4.3.3-4].
 * - `settled`: the flow is over. An `Outbound` has room for another message; an `Inbound` wants PUBCOMP 0x00.
 * - `unknown`: no such flow. PUBACK and PUBCOMP: ignore. PUBREC: PUBREL 0x92 (5.0) or ignore. PUBREL: PUBCOMP 0x92.
 * - `exceeded`: the peer sends more than our Receive Maximum: DISCONNECT 0x93 [MQTT-3.3.4-7] [MQTT-3.3.4-9].
 */
export type Verdict = 'new' | 'duplicate' | 'release' | 'settled' | 'unknown' | 'exceeded';
