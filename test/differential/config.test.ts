import { differential, group, matching } from '../support/differential.ts';

differential('CONFIG', [
  group(
    'GET',
    `
    CONFIG GET maxmemory
    CONFIG GET MAXMEMORY
    pairs: CONFIG GET maxmemory maxmemory-* MAXmemory
    pairs: CONFIG GET *ziplist*
    pairs: CONFIG GET save slaveof replicaof appendfsync
    CONFIG GET nothing*
    CONFIG GET use-exit*
    CONFIG GET use-exit-on-panic
    CONFIG GET
    CONFIG
    CONFIG NOPE
    CONFIG GET ""
    `,
  ),
  group(
    'SET',
    `
    CONFIG SET maxmemory 100mb hz 20
    pairs: CONFIG GET maxmemory hz
    CONFIG SET maxmemory 200mb hz fast
    pairs: CONFIG GET maxmemory hz
    CONFIG SET foo 1
    CONFIG SET hz 1 foo
    CONFIG SET hz
    CONFIG SET daemonize yes
    CONFIG SET dbfilename x.rdb
    CONFIG SET dir /tmp
    CONFIG SET hz 1 HZ 2
    CONFIG SET hz 7 foo 1 daemonize yes
    CONFIG SET save "60 1 300 2" appendfsync always
    pairs: CONFIG GET save appendfsync
    CONFIG SET save ""
    CONFIG SET notify-keyspace-events KEAn
    CONFIG GET notify-keyspace-events
    CONFIG SET client-output-buffer-limit "slave 1mb 2mb 3 normal 1 2 3"
    CONFIG GET client-output-buffer-limit
    CONFIG SET maxmemory-policy nope
    CONFIG SET maxmemory 0 hz 10 appendfsync everysec notify-keyspace-events ""
    CONFIG SET client-output-buffer-limit "slave 256mb 64mb 60 normal 0 0 0"
    CONFIG SET hz 1\\r\\n
    `,
    ['CONFIG', 'SET', 'masterauth', Buffer.from([0xff, 0, 13, 10, 0x41])],
    'CONFIG GET masterauth',
    'CONFIG SET masterauth ""',
  ),
  group(
    'the rest',
    `
    CONFIG RESETSTAT
    CONFIG RESETSTAT x
    CONFIG REWRITE
    CONFIG HELP x
    `,
    matching('CONFIG HELP', /^\*11\r\n\+CONFIG <subcommand> (?:.*\r\n)*\+HELP\r\n\+ {4}Prints? this help\.\r\n$/),
  ),
]);
