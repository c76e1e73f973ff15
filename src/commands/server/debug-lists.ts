/** DEBUG LISTPACK, QUICKLIST, QUICKLIST-PACKED-THRESHOLD, and what DEBUG OBJECT tells of quicklists. */
import { parseMemory } from '../../config/config-numbers.ts';
import type { Db } from '../../store/db.ts';
import { ENC_LISTPACK, ENC_QUICKLIST } from '../../store/entry-layout.ts';
import { ElementText, lpBytes, lpElementBytes, lpFirst, lpIsInteger, lpLength, lpNext } from '../../store/listpack.ts';
import { qlStats } from '../../store/quicklist-check.ts';
import { qlNodes } from '../../store/quicklist-layout.ts';
import { NodeView } from '../../store/quicklist-nodes.ts';
import type { CommandClient } from '../command-client.ts';
import { NO_SUCH_KEY } from '../errors.ts';

/** 4 GiB less a little. */
const PACKED_THRESHOLD_MAX = 2n ** 32n - 2n ** 20n;
/** Longest part of an element that is printed. */
const SHOWN_BYTES = 40;

export function debugQuicklistPackedThreshold(c: CommandClient): void {
  const bytes = parseMemory(c.args.latin1(2));
  if (bytes === null || bytes < 0n || bytes > PACKED_THRESHOLD_MAX) {
    return c.out.error('ERR argument must be a memory value bigger than 1 and smaller than 4gb');
  }
  c.keyspace.limits.quicklistPackedThreshold = Number(bytes);
  c.out.ok();
}

/** Prints the elements of a listpack to the server's standard output. */
export function debugListpack(c: CommandClient): void {
  const { args, db, out } = c;
  const e = db.find(args.buf, args.off[2]!, args.len[2]!);
  if (e === 0) return out.error(NO_SUCH_KEY);
  if (db.encoding(e) !== ENC_LISTPACK) return out.error('ERR Not a listpack encoded object.');
  process.stdout.write(listpackText(db.u8(e), db.valOff(e)));
  out.simple('Listpack structure printed on stdout');
}

/** Prints a quicklist's figures, and from a level of detail of 1 on its nodes, to the server's standard output. */
export function debugQuicklist(c: CommandClient): void {
  const { args, db, out } = c;
  const e = db.find(args.buf, args.off[2]!, args.len[2]!);
  if (e === 0) return out.error(NO_SUCH_KEY);
  if (db.encoding(e) !== ENC_QUICKLIST) return out.error('ERR Not a quicklist encoded object.');
  const detail = args.argc === 4 ? Number.parseInt(args.latin1(3), 10) || 0 : 0;
  process.stdout.write(`${quicklistText(db, e).trim()}\n${detail > 0 ? nodesText(db, e) : ''}`);
  out.simple('Quicklist structure printed on stdout');
}

function nodesText(db: Db, e: number): string {
  const view = new NodeView();
  const root = db.root(e);
  let text = '';
  for (let i = 0; i < qlNodes(db.arena, root); i++) {
    view.open(db.arena, root, i);
    const kind = view.plain ? 'plain' : view.decompressed ? 'compressed listpack' : 'listpack';
    text += `  node ${i}: ${view.count} elements, ${view.len} bytes, ${kind}\n`;
  }
  return text;
}

function listpackText(u8: Uint8Array, lp: number): string {
  const element = new ElementText();
  const lines = [`{total bytes ${lpBytes(u8, lp)}} {num entries ${lpLength(u8, lp)}}`];
  for (let p = lpFirst(u8, lp), i = 0; p !== 0; p = lpNext(u8, p), i++) {
    element.read(u8, p);
    const shown = Math.min(element.len, SHOWN_BYTES);
    const text = Buffer.from(element.buf.subarray(element.off, element.off + shown)).toString('latin1');
    const kind = lpIsInteger(u8, p) ? 'integer' : 'string';
    const more = shown < element.len ? '…' : '';
    lines.push(`  ${i}: offset ${p - lp}, ${lpElementBytes(u8, p)} bytes, ${kind} ${JSON.stringify(text)}${more}`);
  }
  return `${lines.join('\n')}\n`;
}

/** What DEBUG OBJECT adds for a quicklist; nothing for other values. */
export function quicklistText(db: Db, e: number): string {
  if (db.encoding(e) !== ENC_QUICKLIST) return '';
  const { nodes, elements, fill, compressed, uncompressedBytes } = qlStats(db.arena, db.root(e));
  return (
    ` ql_nodes:${nodes} ql_avg_node:${(elements / nodes).toFixed(2)} ql_listpack_max:${fill}` +
    ` ql_compressed:${compressed ? 1 : 0} ql_uncompressed_size:${uncompressedBytes}`
  );
}
