/** Server commands: INFO, TIME, SLOWLOG, LATENCY, MEMORY, DEBUG, LOLWUT, SHUTDOWN's errors. */
import { differential, group, matching } from '../support/differential.ts';

/** A subcommand HELP, whose lines are our own words. */
const help = (line: string) =>
  matching(
    line,
    new RegExp(
      `^\\*\\d+\\r\\n\\+${line.split(' ')[0]} <subcommand> \\[<arg> \\[value\\] \\[opt\\] \\.\\.\\.\\]\\. Subcommands are:\\r\\n`,
    ),
  );

const SECTIONS = ['server', 'clients', 'memory', 'persistence', 'stats', 'replication', 'cpu', 'errorstats', 'cluster'];

differential('server', [
  group(
    'TIME and LOLWUT',
    matching('TIME', /^\*2\r\n\$10\r\n\d{10}\r\n\$\d\r\n\d{1,6}\r\n$/),
    matching('LOLWUT', /Redis ver\. \d+\.\d+\.\d+\n/),
    matching('LOLWUT VERSION', /Redis ver\. \d+\.\d+\.\d+\n/),
    matching('LOLWUT VERSION 5', /Redis ver\. \d+\.\d+\.\d+\n/),
    matching('LOLWUT VERSION 6 10 10', /Redis ver\. \d+\.\d+\.\d+\n/),
    matching('LOLWUT VERSION 999', /Redis ver\. \d+\.\d+\.\d+\n/),
    `
    TIME x
    LOLWUT VERSION abc
    `,
  ),
  group(
    'INFO',
    'shape: INFO nosuchsection',
    ...SECTIONS.map((section) =>
      matching(`INFO ${section}`, new RegExp(`^[$=]\\d+\\r\\n(txt:)?# ${section}\\r\\n\\w+`, 'i')),
    ),
    matching('INFO', /# Server\r\n[\s\S]*# Clients\r\n[\s\S]*# Memory\r\n[\s\S]*# Stats\r\n[\s\S]*# Keyspace\r\n/),
    matching('INFO server clients', /# Server\r\n[\s\S]*# Clients\r\n/),
    matching('INFO everything', /# Server\r\n[\s\S]*# Commandstats\r\n[\s\S]*# Latencystats\r\n/),
    matching('INFO all', /# Server\r\n[\s\S]*# Commandstats\r\n/),
    matching(
      'INFO commandstats',
      /cmdstat_info:calls=\d+,usec=\d+,usec_per_call=\d+\.\d\d,rejected_calls=0,failed_calls=0\r\n/,
    ),
    `
    MSET a 1 b 2 c 3
    EXPIRE a 100
    SELECT 4
    SET d 1
    `,
    matching(
      'INFO keyspace',
      /# Keyspace\r\ndb0:keys=3,expires=1,avg_ttl=\d+.*\r\ndb4:keys=1,expires=0,avg_ttl=0.*\r\n/,
    ),
  ),
  group(
    'INFO errorstats and rejected calls',
    `
    CONFIG RESETSTAT
    NOSUCH
    GET
    SET a b c
    INCR a b
    SET n x
    INCR n
    INFO errorstats
    CONFIG RESETSTAT
    INFO errorstats
    GET
    INCRBY n x
    `,
    matching('INFO commandstats', /cmdstat_get:calls=0,usec=0,usec_per_call=0\.00,rejected_calls=1,failed_calls=0\r\n/),
    matching(
      'INFO commandstats',
      /cmdstat_incrby:calls=1,usec=\d+,usec_per_call=\d+\.\d\d,rejected_calls=0,failed_calls=1\r\n/,
    ),
  ),
  group(
    'SLOWLOG',
    `
    CONFIG SET slowlog-log-slower-than 0 slowlog-max-len 128
    SLOWLOG RESET
    CONFIG SET slowlog-log-slower-than -1
    SLOWLOG RESET
    SLOWLOG LEN
    SLOWLOG GET
    CONFIG SET slowlog-log-slower-than 0
    SET k v
    shape: SLOWLOG GET 1
    SLOWLOG LEN
    CONFIG SET slowlog-log-slower-than -1
    shape: SLOWLOG GET
    shape: SLOWLOG GET -1
    SLOWLOG GET 0
    SLOWLOG GET -2
    SLOWLOG GET abc
    SLOWLOG GET 1 2
    SLOWLOG LEN x
    SLOWLOG RESET x
    SLOWLOG RESET
    SLOWLOG LEN
    SLOWLOG
    SLOWLOG FOO
    SLOWLOG HELP x
    CONFIG SET slowlog-max-len 2 slowlog-log-slower-than 0
    GET a
    GET b
    GET c
    SLOWLOG LEN
    CONFIG SET slowlog-log-slower-than 10000 slowlog-max-len 128
    `,
    help('SLOWLOG HELP'),
  ),
  group(
    'SLOWLOG cuts long arguments',
    'CONFIG SET slowlog-log-slower-than 0\nSLOWLOG RESET',
    ['SET', 'k', 'x'.repeat(200)],
    matching('SLOWLOG GET 1', /\$\d+\r\nx{128}\.\.\. \(72 more bytes\)\r\n/),
    ['DEL', ...Array.from({ length: 40 }, (_, i) => `k${i}`)],
    matching('SLOWLOG GET 1', /\*32\r\n[\s\S]*\.\.\. \(10 more arguments\)\r\n/),
    'CONFIG SET slowlog-log-slower-than 10000',
  ),
  group(
    'LATENCY',
    `
    LATENCY LATEST
    LATENCY RESET
    LATENCY RESET nosuch
    LATENCY HISTORY nosuch
    LATENCY HISTORY
    LATENCY GRAPH nosuch
    shape: LATENCY DOCTOR
    CONFIG SET latency-monitor-threshold 5
    DEBUG SLEEP 0.02
    `,
    matching('LATENCY LATEST', /^\*1\r\n\*4\r\n\$7\r\ncommand\r\n:\d+\r\n:[2-9]\d\r\n:[2-9]\d\r\n$/),
    matching('LATENCY HISTORY command', /^\*1\r\n\*2\r\n:\d+\r\n:[2-9]\d\r\n$/),
    matching('LATENCY GRAPH command', /command - high \d+ ms, low \d+ ms \(all time high \d+ ms\)\n-+\n/),
    `
    shape: LATENCY DOCTOR
    LATENCY RESET command
    LATENCY LATEST
    CONFIG SET latency-monitor-threshold 0
    LATENCY HISTOGRAM nosuch
    LATENCY HISTOGRAM nosuch nosuch2
    CONFIG RESETSTAT
    SET k v
    shape: LATENCY HISTOGRAM set
    shape: LATENCY HISTOGRAM set nosuch
    LATENCY
    LATENCY FOO
    LATENCY LATEST x
    LATENCY HELP x
    `,
    matching(
      'LATENCY HISTOGRAM set',
      /\$3\r\nset\r\n[%*]\d\r\n\$5\r\ncalls\r\n:1\r\n\$14\r\nhistogram_usec\r\n[%*]\d\r\n:\d+\r\n:1\r\n$/,
    ),
    help('LATENCY HELP'),
  ),
  group(
    'MEMORY',
    `
    MEMORY USAGE none
    MEMORY USAGE
    MEMORY USAGE none SAMPLES
    MEMORY USAGE none SAMPLES 5
    MEMORY USAGE none SAMPLES 0
    MEMORY USAGE none SAMPLES -1
    MEMORY USAGE none SAMPLES abc
    MEMORY USAGE none FOO 5
    SET k v
    shape: MEMORY USAGE k
    shape: MEMORY USAGE k SAMPLES 3
    MEMORY USAGE k SAMPLES -1
    MEMORY USAGE k SAMPLES abc
    MEMORY USAGE k FOO
    MEMORY
    MEMORY FOO
    MEMORY STATS x
    MEMORY DOCTOR x
    shape: MEMORY DOCTOR
    shape: MEMORY MALLOC-STATS
    MEMORY PURGE
    `,
    matching(
      'MEMORY STATS',
      /^[%*]\d+\r\n\$14\r\npeak\.allocated\r\n:\d+\r\n\$15\r\ntotal\.allocated\r\n:\d+\r\n\$17\r\nstartup\.allocated\r\n:\d+\r\n\$19\r\nreplication\.backlog\r\n:0\r\n[\s\S]*keys\.count\r\n:1\r\n[\s\S]*fragmentation\r\n/,
    ),
    help('MEMORY HELP'),
  ),
  group(
    'DEBUG',
    `
    DEBUG
    DEBUG FOO
    DEBUG SLEEP
    DEBUG SLEEP 0
    DEBUG OBJECT none
    DEBUG SET-ACTIVE-EXPIRE 0
    DEBUG SET-ACTIVE-EXPIRE 1
    DEBUG ERROR "CODE some text"
    DEBUG ERROR ""
    DEBUG STRINGMATCH-LEN
    DEBUG DIGEST-VALUE none
    DEBUG CHANGE-REPL-ID
    DEBUG CHANGE-REPL-ID x
    DEBUG QUICKLIST none
    DEBUG QUICKLIST none 1 2
    DEBUG HTSTATS-KEY
    DEBUG HTSTATS-KEY none
    SET text v
    DEBUG QUICKLIST text
    DEBUG HTSTATS-KEY text
    RPUSH list ${'a'.repeat(9000)} b
    DEBUG QUICKLIST list
    DEBUG QUICKLIST list 1
    SADD bigset ${'a'.repeat(70)} b
    HSET bighash ${'a'.repeat(70)} v
    ZADD bigzset 1 ${'a'.repeat(70)}
    DEBUG JMAP
    DEBUG PROTOCOL string
    DEBUG PROTOCOL integer
    DEBUG PROTOCOL double
    DEBUG PROTOCOL null
    DEBUG PROTOCOL array
    DEBUG PROTOCOL set
    DEBUG PROTOCOL map
    DEBUG PROTOCOL bignum
    DEBUG PROTOCOL true
    DEBUG PROTOCOL false
    DEBUG PROTOCOL verbatim
    DEBUG PROTOCOL foo
    DEBUG PROTOCOL
    DEBUG QUICKLIST-PACKED-THRESHOLD 0
    DEBUG REPLICATE none x
    DEBUG LOG hello
    DEBUG POPULATE 10
    DBSIZE
    GET key:3
    DEBUG POPULATE 5 pre
    GET pre:4
    DEBUG POPULATE 3 sized 20
    GET sized:1
    STRLEN sized:2
    DEBUG POPULATE
    DEBUG POPULATE abc
    DBSIZE
    SET s abc
    `,
    matching(
      'DEBUG OBJECT s',
      /^\+Value at:0x[0-9a-f]+ refcount:1 encoding:embstr serializedlength:\d+ lru:\d+ lru_seconds_idle:\d+\r\n$/,
    ),
    `
    SADD i 1 2 3
    ZADD z 1 a 2 b
    HSET h f v g w
    `,
    ...Object.entries({ s: 4, i: 15, z: 18, h: 20 }).map(([key, length]) =>
      matching(`DEBUG OBJECT ${key}`, new RegExp(` serializedlength:${length} lru`)),
    ),
    matching(
      'DEBUG SDSLEN s',
      /^\+key_sds_len:1, key_sds_avail:\d+, key_zmalloc: ?\d+, val_sds_len:3, val_sds_avail:\d+, val_zmalloc: ?\d+\r\n$/,
    ),
    ...['bigset', 'bighash', 'bigzset'].map((key) =>
      matching(
        `DEBUG HTSTATS-KEY ${key}`,
        /Hash table 0 stats \(main hash table\):\n table size: \d+\n number of elements: \d+\n/,
      ),
    ),
    matching('DEBUG HTSTATS 0', /\[Dictionary HT\]\n[\s\S]*\[Expires HT\]\n/),
    'DEBUG HTSTATS 99',
    ['SADD', 'table', ...Array.from({ length: 600 }, (_, i) => `member ${i}`)],
    ['ZADD', 'ztable', ...Array.from({ length: 600 }, (_, i) => [String(i), `member ${i}`]).flat()],
    'SADD small 1 2',
    'SET string x',
    matching('DEBUG HTSTATS-KEY table', /main hash table\):\n table size: \d+\n number of elements: \d+\n/),
    matching('DEBUG HTSTATS-KEY ztable', /main hash table\):\n table size: \d+\n number of elements: \d+\n/),
    'DEBUG HTSTATS-KEY small',
    'DEBUG HTSTATS-KEY string',
    'DEBUG HTSTATS-KEY none',
    'DEBUG HTSTATS-KEY',
    help('DEBUG HELP'),
  ),
  group(
    'DEBUG PROTOCOL attrib and push',
    'client B: shape: HELLO 3',
    'client B: DEBUG PROTOCOL push\nclient B: DEBUG PROTOCOL attrib',
  ),
  group('SHUTDOWN errors', 'SHUTDOWN FOO\nSHUTDOWN SAVE NOSAVE\nSHUTDOWN ABORT\nSHUTDOWN ABORT NOW\nSHUTDOWN NOW FOO'),
]);
