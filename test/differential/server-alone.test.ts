/** What a server without a cluster and without replicas answers to the commands of both. */
import { differential, group, matching, since74 } from '../support/differential.ts';

differential('one server alone', [
  group(
    'without a cluster',
    `
    ASKING
    READONLY
    READWRITE
    ASKING x
    CLUSTER
    CLUSTER NOSUCH
    CLUSTER ADDSLOTS 1
    CLUSTER ADDSLOTS
    CLUSTER ADDSLOTSRANGE 1 2
    CLUSTER BUMPEPOCH
    CLUSTER COUNT-FAILURE-REPORTS x
    CLUSTER COUNTKEYSINSLOT 1
    CLUSTER DELSLOTS 1
    CLUSTER DELSLOTSRANGE 1 2
    CLUSTER FAILOVER
    CLUSTER FAILOVER FORCE
    CLUSTER FLUSHSLOTS
    CLUSTER FORGET x
    CLUSTER GETKEYSINSLOT 1 2
    CLUSTER HELP
    CLUSTER INFO
    CLUSTER KEYSLOT k
    CLUSTER KEYSLOT k k
    CLUSTER LINKS
    CLUSTER MEET 127.0.0.1 1
    CLUSTER MYID
    CLUSTER NODES
    CLUSTER REPLICAS x
    CLUSTER REPLICATE x
    CLUSTER RESET
    CLUSTER SAVECONFIG
    CLUSTER SET-CONFIG-EPOCH 1
    CLUSTER SETSLOT 1 STABLE
    CLUSTER SHARDS
    CLUSTER SLAVES x
    CLUSTER SLOTS
    cluster info x`,
    since74('CLUSTER MYSHARDID', '-ERR This instance has cluster support disabled\r\n', 'a command of 7.2'),
    `
    MULTI
    CLUSTER INFO
    CLUSTER NOSUCH
    ASKING
    EXEC
    MULTI
    CLUSTER INFO
    READONLY
    EXEC`,
  ),
  group(
    'without replicas',
    `
    ROLE
    ROLE x
    REPLICAOF NO ONE
    replicaof no one
    SLAVEOF NO ONE
    REPLICAOF
    REPLICAOF NO
    REPLICAOF localhost x
    REPLICAOF localhost 65536
    REPLICAOF localhost -1
    SLAVEOF localhost x
    FAILOVER
    FAILOVER ABORT
    FAILOVER abort x
    FAILOVER ABORT FORCE
    FAILOVER TO
    FAILOVER TO localhost
    FAILOVER TO localhost x
    FAILOVER TO localhost 1
    FAILOVER TO localhost 1 FORCE
    FAILOVER TO localhost 1 TO localhost 2
    FAILOVER FORCE FORCE
    FAILOVER TIMEOUT
    FAILOVER TIMEOUT x
    FAILOVER TIMEOUT 0
    FAILOVER TIMEOUT -1
    FAILOVER TIMEOUT 1 TIMEOUT 2
    FAILOVER TO localhost 1 FORCE TIMEOUT 10
    ROLE
    WAIT 0 0
    MULTI
    ROLE
    REPLICAOF NO ONE
    FAILOVER
    EXEC`,
  ),
  group(
    'what replicas say of themselves',
    `
    REPLCONF
    REPLCONF listening-port
    REPLCONF listening-port 1234
    REPLCONF listening-port x
    REPLCONF LISTENING-PORT 99999999999999999999
    REPLCONF ip-address 127.0.0.1
    REPLCONF ip-address ${'a'.repeat(255)}
    REPLCONF ip-address ${'a'.repeat(256)}
    REPLCONF capa eof capa psync2
    REPLCONF capa nosuch
    REPLCONF rdb-only 1
    REPLCONF rdb-only 2
    REPLCONF rdb-only x
    REPLCONF rdb-filter-only functions
    REPLCONF rdb-filter-only ""
    REPLCONF rdb-filter-only "functions FUNCTIONS"
    REPLCONF rdb-filter-only "functions data"
    REPLCONF rdb-filter-only "'functions"
    REPLCONF nosuch x
    REPLCONF capa eof nosuch x
    noreply: REPLCONF ACK 1
    noreply: REPLCONF GETACK *
    noreply: REPLCONF capa eof ACK x
    PING
    REPLCONF ACK`,
    since74('REPLCONF version 7.4.1', '+OK\r\n', 'an option of 7.2'),
    since74('REPLCONF version 7.4', '-ERR Unrecognized version format: 7.4\r\n', 'an option of 7.2'),
    since74('REPLCONF version 7.4.256', '-ERR Unrecognized version format: 7.4.256\r\n', 'an option of 7.2'),
    since74('REPLCONF version 7.4.x', '-ERR Unrecognized version format: 7.4.x\r\n', 'an option of 7.2'),
    matching('INFO replication', /role:master\r\nconnected_slaves:0\r\n/),
  ),
]);
