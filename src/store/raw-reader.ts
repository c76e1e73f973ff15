/**
 * Reads a keyspace from raw memory: bytes of chunks and bucket tables, no object of the process they come from. It is
 * what saving in another thread works with.
 *
 * Encodings are read by the `read` of their type's ValueOps, a function of the same raw memory.
 */
import { Entries } from './entry-access.ts';
import type { Roots } from './roots.ts';
import type { RawMemory, ValueOpsTable, ValueVisitor } from './value-ops.ts';

const NO_BYTES = new Uint8Array(0);

export class RawReader extends Entries<RawMemory> {
  private readonly roots: Roots<Uint8Array>;
  private readonly types: ValueOpsTable;

  /** `roots`: the regions' bytes, each at an offset that is a multiple of 4 in its buffer. */
  constructor(roots: Roots<Uint8Array>, types: ValueOpsTable) {
    const u8 = roots.chunks.map((chunk) => chunk ?? NO_BYTES);
    super({ u8, u32: u8.map(wordsOf) });
    this.roots = roots;
    this.types = types;
  }

  /** Calls back with the ref of every key of a database, in the order of its tables. */
  forEachKey(dbIndex: number, visit: (e: number) => void): void {
    const { u32 } = this.arena;
    for (const region of this.roots.dbs[dbIndex]!.tables) {
      const table = wordsOf(region);
      for (let bucket = 0; bucket < table.length; bucket++) {
        for (let e = table[bucket]!; e !== 0; e = u32[e >>> 22]![(e & 0x3fffff) << 2]!) visit(e);
      }
    }
  }

  /** Hands a value to a visitor; false when it is a module's, whose memory only the module can read. */
  readValue(e: number, visitor: ValueVisitor): boolean {
    const { read } = this.types.of(this.type(e));
    if (read === undefined) return false;
    read(this.arena, this.encoding(e), this.u8(e), this.valOff(e), this.valLen(e), visitor);
    return true;
  }
}

function wordsOf(bytes: Uint8Array): Uint32Array {
  return new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength >>> 2);
}
