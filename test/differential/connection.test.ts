import { differential, group } from '../support/differential.ts';

differential('connection', [
  group(
    'PING and ECHO',
    `
    PING
    PING hello
    PING a b
    ECHO hi
    ECHO
    client B: PING
    unordered: CONFIG GET maxmemory
    `,
  ),
]);
