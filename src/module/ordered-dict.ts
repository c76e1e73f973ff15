// RedisModuleDict: byte strings in the order of their bytes, each with a pointer.
//
// A skip list. Each node has a key, a value, the node before it, and `next[0 .. height)`: the next node at each level;
// every node is at level 0, and a fourth of the nodes of a level are at the one above. `head` has all levels and no key.
//
//     head ────────────────────────► d ──────────► null      level 1
//     head ──► a ──► b ──► c ──► d ──► e ──► null             level 0        `prev` leads back; prev of a is head
//
// Find, insert, remove and seek are O(log n) comparisons; a step of an iterator is O(1). An iterator stays usable
// whatever is done to the dictionary: a removed node keeps its key, from which the iterator finds its place again.

const MAX_HEIGHT = 20;
/** Of the objects of a node, its key's bytes apart: node, array of links, typed array. An estimate. */
const NODE_BYTES = 208;
const NO_KEY = new Uint8Array(0);

export type DictValue = number | bigint;

class DictNode {
  readonly key: Uint8Array;
  value: DictValue;
  readonly next: (DictNode | null)[];
  prev: DictNode | null = null;
  removed = false;

  constructor(key: Uint8Array, value: DictValue, height: number) {
    this.key = key;
    this.value = value;
    this.next = new Array<DictNode | null>(height).fill(null);
  }
}

export class OrderedDict {
  size = 0;
  private keyBytes = 0;
  private readonly head = new DictNode(NO_KEY, 0, MAX_HEIGHT);
  private height = 1;
  private tail: DictNode = this.head;
  /** The last node before the sought key at each level; set by `search`. */
  private readonly path: DictNode[] = new Array<DictNode>(MAX_HEIGHT).fill(this.head);

  /** Memory that the dictionary takes, about. O(1). */
  get memoryBytes(): number {
    return NODE_BYTES * (this.size + 1) + this.keyBytes;
  }

  /** The node of a key, or null. */
  find(key: Uint8Array): DictNode | null {
    const node = this.ceiling(key);
    return node !== null && Buffer.compare(node.key, key) === 0 ? node : null;
  }

  /** Adds a key, or with `replace` gives it a new value; true when it was not there. The key is copied. */
  set(key: Uint8Array, value: DictValue, replace: boolean): boolean {
    const found = this.search(key);
    if (found !== null && Buffer.compare(found.key, key) === 0) {
      if (replace) found.value = value;
      return false;
    }
    let height = 1;
    while (height < MAX_HEIGHT && Math.random() < 0.25) height++;
    const node = new DictNode(key.slice(), value, height);
    for (let level = 0; level < height; level++) {
      const before = level < this.height ? this.path[level]! : this.head;
      node.next[level] = before.next[level]!;
      before.next[level] = node;
    }
    if (height > this.height) this.height = height;
    node.prev = this.path[0]!;
    if (found === null) this.tail = node;
    else found.prev = node;
    this.size++;
    this.keyBytes += key.length;
    return true;
  }

  /** Removes a key and returns its value, null when it is not there. */
  remove(key: Uint8Array): DictValue | null {
    const node = this.search(key);
    if (node === null || Buffer.compare(node.key, key) !== 0) return null;
    for (let level = 0; level < node.next.length; level++) this.path[level]!.next[level] = node.next[level]!;
    while (this.height > 1 && this.head.next[this.height - 1] === null) this.height--;
    const after = node.next[0]!;
    if (after === null) this.tail = node.prev!;
    else after.prev = node.prev;
    node.removed = true;
    this.size--;
    this.keyBytes -= key.length;
    return node.value;
  }

  first(): DictNode | null {
    return this.head.next[0]!;
  }

  last(): DictNode | null {
    return this.tail === this.head ? null : this.tail;
  }

  /** The first node at or behind a key. */
  ceiling(key: Uint8Array): DictNode | null {
    let node = this.head;
    for (let level = this.height - 1; level >= 0; level--) {
      for (let next = node.next[level]!; next !== null && Buffer.compare(next.key, key) < 0; next = node.next[level]!) {
        node = next;
      }
    }
    return node.next[0]!;
  }

  /** The node before `node`, which is in the dictionary; null at the beginning. */
  before(node: DictNode): DictNode | null {
    return node.prev === this.head ? null : node.prev;
  }

  /** The last node before a key. */
  lower(key: Uint8Array): DictNode | null {
    const node = this.ceiling(key);
    return node === null ? this.last() : this.before(node);
  }

  /** Like `ceiling`, and sets `path`. */
  private search(key: Uint8Array): DictNode | null {
    let node = this.head;
    for (let level = this.height - 1; level >= 0; level--) {
      for (let next = node.next[level]!; next !== null && Buffer.compare(next.key, key) < 0; next = node.next[level]!) {
        node = next;
      }
      this.path[level] = node;
    }
    return node.next[0]!;
  }

  /** Checks order, links and size; throws an Error that says what is wrong. O(n). */
  validateIntegrity(): void {
    for (let level = 0; level < MAX_HEIGHT; level++) {
      let count = 0;
      let last: DictNode = this.head;
      for (let node = this.head.next[level]!; node !== null; node = node.next[level]!) {
        if (last !== this.head && Buffer.compare(last.key, node.key) >= 0)
          throw new Error(`level ${level} is not in order`);
        if (level === 0 && node.prev !== last) throw new Error('a node has a wrong predecessor');
        if (node.removed) throw new Error('a removed node is linked');
        last = node;
        count++;
      }
      if (level >= this.height && count > 0) throw new Error(`level ${level} is above the height`);
      if (level === 0 && (count !== this.size || last !== this.tail)) throw new Error('size or tail is wrong');
    }
  }
}

/** Walks a dictionary in both directions. */
export class DictIterator {
  private readonly dict: OrderedDict;
  private node: DictNode | null = null;
  /** The next step, whatever its direction, answers with the node that was sought. */
  private justSeeked = false;

  constructor(dict: OrderedDict) {
    this.dict = dict;
  }

  /** The node of the last step or seek; null at an end. There the iterator stays until the next seek. */
  get current(): DictNode | null {
    return this.node;
  }

  /** Finds a place: `^` first, `$` last, `==`, `>`, `>=`, `<`, `<=` by key. False when `op` is none of these. */
  seek(op: string, key: Uint8Array): boolean {
    const { dict } = this;
    this.justSeeked = true;
    const orEqual = op[1] === '=';
    if (op[0] === '^') this.node = dict.first();
    else if (op[0] === '$') this.node = dict.last();
    else if (op[0] === '=') this.node = dict.find(key);
    else if (op[0] === '>') {
      const at = dict.ceiling(key);
      this.node = !orEqual && at !== null && Buffer.compare(at.key, key) === 0 ? at.next[0]! : at;
    } else if (op[0] === '<') this.node = (orEqual ? dict.find(key) : null) ?? dict.lower(key);
    else {
      this.node = null;
      return false;
    }
    return true;
  }

  next(): DictNode | null {
    const { node } = this;
    if (node === null || this.justSeeked) return this.sought(true);
    if (!node.removed) this.node = node.next[0]!;
    else {
      // The key may have come back since.
      const at = this.dict.ceiling(node.key);
      this.node = at !== null && Buffer.compare(at.key, node.key) === 0 ? at.next[0]! : at;
    }
    return this.node;
  }

  previous(): DictNode | null {
    const { node } = this;
    if (node === null || this.justSeeked) return this.sought(false);
    this.node = node.removed ? this.dict.lower(node.key) : this.dict.before(node);
    return this.node;
  }

  private sought(forward: boolean): DictNode | null {
    this.justSeeked = false;
    const { dict, node } = this;
    if (node?.removed === true)
      this.node = forward ? dict.ceiling(node.key) : (dict.find(node.key) ?? dict.lower(node.key));
    return this.node;
  }

  /** Compares the current key with another; false at an end and for an unknown `op`. */
  compare(op: string, key: Uint8Array): boolean {
    if (this.node === null) return false;
    const order = Buffer.compare(this.node.key, key);
    switch (op) {
      case '==':
        return order === 0;
      case '>':
        return order > 0;
      case '>=':
        return order >= 0;
      case '<':
        return order < 0;
      case '<=':
        return order <= 0;
      default:
        return false;
    }
  }
}
