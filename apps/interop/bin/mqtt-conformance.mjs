#!/usr/bin/env node
/** The command `mqtt-conformance`: runs the sources through tsx, so that a case just written is played. */
import 'tsx';

await import('../src/conformance/main.ts');
