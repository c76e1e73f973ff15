/**
 * Choosing pages of small blocks to be emptied, so that compaction can give them back.
 *
 * A page that is being evacuated has EVACUATE in its BUMP and is in a list of its own in place of its class's list of
 * pages with room: nothing is handed out from it. Whoever owns its blocks moves them (Arena.shouldMove, Arena.move);
 * with its last block it goes back to the pool like any other. What is left at the end() goes back to the class's list.
 */
import { BUMP, COUNT, NEXT, type PageRuns, PREV } from './page-runs.ts';
import { CLASS_BLOCKS, CLASS_COUNT } from './size-classes.ts';

/** In BUMP: no block of the page is handed out any more, those in use are to move elsewhere. */
export const EVACUATE = 0x80000000;
/** Fuller pages stay: moving their blocks would be more work than it is worth. */
const MAX_FILL = 0.8;

export class Evacuation {
  /** Pages being evacuated. */
  pages = 0;
  private readonly runs: PageRuns;
  /** Class -> first page with room, the arena's. */
  private readonly partial: Uint32Array;
  /** Class -> first page being evacuated, 0 = none. */
  private readonly heads = new Uint32Array(CLASS_COUNT);

  constructor(runs: PageRuns, partial: Uint32Array) {
    this.runs = runs;
    this.partial = partial;
  }

  /** Chooses pages whose blocks fit into the room of the others, the emptiest first. O(pages with room). */
  begin(): void {
    for (let cls = 0; cls < CLASS_COUNT; cls++) this.choose(cls);
  }

  /** Nothing more is moved: pages that have blocks still are handed out from again. */
  end(): void {
    for (let cls = 0; cls < CLASS_COUNT; cls++) {
      for (let page = this.heads[cls]!; page !== 0; page = this.heads[cls]!) {
        this.remove(cls, page);
        this.link(this.partial, cls, page);
      }
    }
  }

  /** Takes a page out that has become empty. */
  remove(cls: number, page: number): void {
    const t = this.runs.table;
    this.unlink(this.heads, cls, page);
    t[(page << 3) + BUMP] = t[(page << 3) + BUMP]! & ~EVACUATE;
    this.pages--;
  }

  /** Forgets everything, with the arena. */
  reset(): void {
    this.heads.fill(0);
    this.pages = 0;
  }

  /** Calls back for each page. */
  forEach(visit: (page: number, cls: number) => void): void {
    for (let cls = 0; cls < CLASS_COUNT; cls++) {
      for (let page = this.heads[cls]!; page !== 0; page = this.runs.table[(page << 3) + NEXT]!) visit(page, cls);
    }
  }

  private choose(cls: number): void {
    const t = this.runs.table;
    const blocks = CLASS_BLOCKS[cls]!;
    const pages: number[] = [];
    let room = 0;
    for (let page = this.partial[cls]!; page !== 0; page = t[(page << 3) + NEXT]!) {
      pages.push(page);
      room += blocks - t[(page << 3) + COUNT]!;
    }
    if (room < blocks) return;
    pages.sort((a, b) => t[(a << 3) + COUNT]! - t[(b << 3) + COUNT]!);
    for (const page of pages) {
      const used = t[(page << 3) + COUNT]!;
      // Its own room goes, and its blocks need as much as they have now.
      room -= blocks;
      if (room < 0 || used > blocks * MAX_FILL) return;
      this.unlink(this.partial, cls, page);
      this.link(this.heads, cls, page);
      t[(page << 3) + BUMP] = t[(page << 3) + BUMP]! | EVACUATE;
      this.pages++;
    }
  }

  private link(heads: Uint32Array, cls: number, page: number): void {
    const t = this.runs.table;
    const head = heads[cls]!;
    t[(page << 3) + NEXT] = head;
    t[(page << 3) + PREV] = 0;
    if (head !== 0) t[(head << 3) + PREV] = page;
    heads[cls] = page;
  }

  private unlink(heads: Uint32Array, cls: number, page: number): void {
    const t = this.runs.table;
    const next = t[(page << 3) + NEXT]!;
    const prev = t[(page << 3) + PREV]!;
    if (prev === 0) heads[cls] = next;
    else t[(prev << 3) + NEXT] = next;
    if (next !== 0) t[(next << 3) + PREV] = prev;
  }
}
