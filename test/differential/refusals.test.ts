/** What the state of the server does not allow. */
import { differential, group } from '../support/differential.ts';

differential('refusals', [
  group(
    'without memory',
    `
    SET k v
    CONFIG SET maxmemory 1
    SET k w
    SET k
    APPEND k w
    GET k
    EXPIRE k 100
    DEL k
    PING
    NOSUCH
    CONFIG SET maxmemory 0
    SET k w`,
  ),
  group(
    'without replicas',
    `
    CONFIG SET min-replicas-to-write 1
    SET k w
    SET k
    GET k
    DEL k
    FLUSHALL
    PING
    CONFIG SET min-replicas-max-lag 0
    SET k w
    CONFIG SET min-replicas-max-lag 10
    DEL k
    CONFIG SET maxmemory 1
    SET k w
    DEL k
    CONFIG SET maxmemory 0
    CONFIG SET min-replicas-to-write 0
    DEL k`,
  ),
]);
