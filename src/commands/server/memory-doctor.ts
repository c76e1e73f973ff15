/** MEMORY DOCTOR: what the figures about memory mean, in words. */
import type { MemoryReport } from '../command-client.ts';

/** Below this there is nothing to be seen. */
const LITTLE_BYTES = 5 * 1024 * 1024;
/** Overheads below this are not worth a word. */
const NOTABLE_BYTES = 10 * 1024 * 1024;
const CLIENT_BYTES = 200 * 1024;

/** One judgement: when it applies, and what is said then. */
const FINDINGS: readonly { applies: (m: MemoryReport, clients: number) => boolean; text: string }[] = [
  {
    applies: (m) => m.peak > m.used * 1.5,
    text:
      'Peak memory: once this instance used over 150% of what it uses now. Memory of that time may still be resident; ' +
      'it is taken for new data first. MEMORY PURGE gives free pages back to the system.',
  },
  {
    applies: (m) => m.resident > m.used * 1.4 && m.resident - m.used > NOTABLE_BYTES,
    text:
      'High total RSS: the process is over 1.4 times as large as its data and buffers. A part is the JavaScript engine ' +
      'itself (see v8_heap_used in INFO memory); the rest comes from a former peak or from fragmentation.',
  },
  {
    applies: (m) => m.active > m.allocated * 1.1 && m.active - m.allocated > NOTABLE_BYTES,
    text:
      'High allocator fragmentation: pages in use have over 10% of free room between blocks. Values that change their ' +
      'sizes, or many deleted keys among kept ones, have this effect.',
  },
  {
    applies: (m) => m.allocatorResident > m.active * 1.1 && m.allocatorResident - m.active > NOTABLE_BYTES,
    text:
      'High allocator RSS overhead: over 10% more memory is resident than pages are in use. MEMORY PURGE gives free ' +
      'pages back to the system.',
  },
  {
    applies: (m) => m.resident > m.allocatorResident * 1.1 && m.resident - m.allocatorResident > NOTABLE_BYTES,
    text:
      'High process RSS overhead: the process has over 10% more resident memory than its data. That is the JavaScript ' +
      "engine's heap and the memory of modules.",
  },
  {
    applies: (m, clients) => clients > 0 && m.clients / clients > CLIENT_BYTES,
    text:
      'Big client buffers: clients have over 200K of buffers on average. Some may read their replies too slowly or send ' +
      'very long pipelines; CLIENT LIST shows which.',
  },
];

/** The report for the given figures and number of connections. */
export function memoryDoctorReport(m: MemoryReport, clients: number): string {
  if (m.used < LITTLE_BYTES) {
    return 'This instance holds little or no data, too little for a judgement. Fill it, then ask again.\n';
  }
  const found = FINDINGS.filter(({ applies }) => applies(m, clients));
  if (found.length === 0) return 'No memory issue was found in this instance.\n';
  return `Issues were found in the memory of this instance:\n\n${found.map(({ text }) => ` * ${text}\n\n`).join('')}`;
}
