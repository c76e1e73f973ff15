/** MEMORY. */
import type { CommandClient } from '../command-client.ts';
import { SYNTAX_ERROR } from '../errors.ts';
import { replyHelp } from '../help.ts';
import { integerOrReply } from '../parse.ts';
import { type CommandSpec, keyRange } from '../spec.ts';
import { memoryDoctorReport } from './memory-doctor.ts';

/** Elements looked at when the command does not say. */
const DEFAULT_SAMPLES = 5;
/** Share of the bucket table that each key has. */
const BUCKET_BYTES = 4;

function memoryUsage(c: CommandClient): void {
  const { args, out, db } = c;
  let samples = DEFAULT_SAMPLES;
  for (let i = 3; i < args.argc; i += 2) {
    if (!args.is(i, 'samples') || i + 1 >= args.argc) return out.error(SYNTAX_ERROR);
    samples = integerOrReply(c, i + 1);
    if (Number.isNaN(samples)) return;
    if (samples < 0) return out.error(SYNTAX_ERROR);
  }
  // Expired keys that are still there take memory too.
  const e = db.find(args.buf, args.off[2]!, args.len[2]!);
  if (e === 0) return out.nullBulk();
  const inside = db.blockBytes(e) + BUCKET_BYTES;
  // A module that is asked may do anything to the key.
  out.integer(inside + c.server.keyspace.types.of(db.type(e)).memoryUsage(db, e, samples));
}

function memoryStats(c: CommandClient): void {
  const { out } = c;
  const m = c.server.memory.report();
  const ratio = (part: number, whole: number) => (whole === 0 ? 0 : part / whole);
  const mark = out.defer();
  let fields = 0;
  const field = (name: string, value: number): void => {
    out.bulkText(name);
    out.integer(value);
    fields++;
  };
  const fraction = (name: string, value: number): void => {
    out.bulkText(name);
    out.double(value);
    fields++;
  };
  field('peak.allocated', m.peak);
  field('total.allocated', m.used);
  field('startup.allocated', m.startup);
  field('replication.backlog', 0);
  field('clients.slaves', 0);
  field('clients.normal', m.clients);
  field('cluster.links', 0);
  field('aof.buffer', 0);
  field('lua.caches', 0);
  field('functions.caches', 0);
  for (const db of m.dbs) {
    out.bulkText(`db.${db.id}`);
    out.map(2);
    out.bulkText('overhead.hashtable.main');
    out.integer(db.mainBytes);
    out.bulkText('overhead.hashtable.expires');
    out.integer(db.expiresBytes);
    fields++;
  }
  field('overhead.db.hashtable.lut', m.tables);
  field('overhead.db.hashtable.rehashing', m.rehashingTables);
  field('overhead.total', m.overhead);
  field('db.dict.rehashing.count', m.rehashingDicts);
  field('keys.count', m.keys);
  field('keys.bytes-per-key', m.keys === 0 ? 0 : Math.floor(m.dataset / m.keys));
  field('dataset.bytes', m.dataset);
  fraction('dataset.percentage', 100 * ratio(m.dataset, Math.max(1, m.used - m.startup)));
  fraction('peak.percentage', 100 * ratio(m.used, m.peak));
  field('allocator.allocated', m.allocated);
  field('allocator.active', m.active);
  field('allocator.resident', m.allocatorResident);
  field('allocator.muzzy', 0);
  fraction('allocator-fragmentation.ratio', ratio(m.active, m.allocated));
  field('allocator-fragmentation.bytes', m.active - m.allocated);
  fraction('allocator-rss.ratio', ratio(m.allocatorResident, m.active));
  field('allocator-rss.bytes', m.allocatorResident - m.active);
  fraction('rss-overhead.ratio', ratio(m.resident, m.allocatorResident));
  field('rss-overhead.bytes', m.resident - m.allocatorResident);
  fraction('fragmentation', ratio(m.resident, m.used));
  field('fragmentation.bytes', m.resident - m.used);
  out.endMap(mark, fields);
}

function memoryDoctor(c: CommandClient): void {
  const { memory, connections } = c.server;
  c.out.verbatim('txt', memoryDoctorReport(memory.report(), connections.clients.size));
}

function memoryMallocStats(c: CommandClient): void {
  const stats = c.server.keyspace.arena.stats();
  const lines = Object.entries(stats).map(([name, value]) => `${name}: ${value}`);
  c.out.verbatim(
    'txt',
    `___ Begin graftis arena statistics ___\n${lines.join('\n')}\n--- End graftis arena statistics ---\n`,
  );
}

function memoryPurge(c: CommandClient): void {
  c.server.keyspace.arena.purge();
  c.out.ok();
}

function memoryHelp(c: CommandClient): void {
  replyHelp(c, 'MEMORY', [
    'DOCTOR',
    '    Return memory problems reports.',
    'MALLOC-STATS',
    '    Return internal statistics report from the memory allocator.',
    'PURGE',
    '    Attempt to purge dirty pages for reclamation by the allocator.',
    'STATS',
    '    Return information about the memory usage of the server.',
    'USAGE <key> [SAMPLES <count>]',
    '    Return memory in bytes used by <key> and its value. Nested values are',
    '    sampled up to <count> times (default: 5, 0 means sample all).',
  ]);
}

const REPORT_TIPS = ['nondeterministic_output', 'request_policy:all_shards', 'response_policy:special'];
const PURGE_TIPS = ['request_policy:all_shards', 'response_policy:all_succeeded'];

export const memoryCommands: readonly CommandSpec[] = [
  {
    name: 'memory',
    arity: -2,
    flags: [],
    subcommands: [
      { name: 'doctor', arity: 2, flags: [], tips: REPORT_TIPS, proc: memoryDoctor },
      { name: 'help', arity: 2, flags: ['loading', 'stale'], proc: memoryHelp },
      { name: 'malloc-stats', arity: 2, flags: [], tips: REPORT_TIPS, proc: memoryMallocStats },
      { name: 'purge', arity: 2, flags: [], tips: PURGE_TIPS, proc: memoryPurge },
      { name: 'stats', arity: 2, flags: [], tips: REPORT_TIPS, proc: memoryStats },
      { name: 'usage', arity: -3, flags: ['readonly'], keySpecs: [keyRange(['RO'], 2)], proc: memoryUsage },
    ],
  },
];
