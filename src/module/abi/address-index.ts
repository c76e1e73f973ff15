// Entry numbers by native address: a hash table without objects.
//
// Open addressing with linear probing over one Int32Array: a slot holds an entry's number + 1, 0 is empty. The addresses
// are the caller's array. At most half of the slots are used; removal moves later entries of a run back, so that there
// are no tombstones. Find, add and remove are O(1) on average.

const MIN_SLOTS = 64;

/** Malloc's addresses are multiples of 16. */
function hash(address: number, mask: number): number {
  return (Math.imul((address / 16) | 0, 0x9e3779b1) >>> 7) & mask;
}

export class AddressIndex {
  /** See the head of this file; replaced when the table grows. */
  slots = new Int32Array(MIN_SLOTS);
  /** Told that `slots` was replaced. */
  onGrow: (() => void) | null = null;
  private count = 0;
  private readonly addressOf: (entry: number) => number;

  constructor(addressOf: (entry: number) => number) {
    this.addressOf = addressOf;
  }

  get size(): number {
    return this.count;
  }

  /** What makes a hash a slot. */
  get mask(): number {
    return this.slots.length - 1;
  }

  /** The entry at an address (any number), -1 when there is none. `addresses[entry]` is an entry's address. */
  find(address: number, addresses: Float64Array): number {
    const { slots, mask } = this;
    for (let slot = hash(address, mask); ; slot = (slot + 1) & mask) {
      const entry = slots[slot]! - 1;
      if (entry < 0 || addresses[entry] === address) return entry;
    }
  }

  /** Adds an entry whose address is not known yet. */
  add(entry: number, address: number): void {
    if (this.count * 2 >= this.slots.length) this.grow();
    this.place(entry, address);
    this.count++;
  }

  /** Removes the entry at an address. */
  remove(address: number): void {
    const { slots, mask } = this;
    let slot = hash(address, mask);
    while (this.addressOf(slots[slot]! - 1) !== address) slot = (slot + 1) & mask;
    this.count--;
    // Entries behind the hole move into it unless that would put them before their own place.
    for (let next = (slot + 1) & mask; slots[next] !== 0; next = (next + 1) & mask) {
      const home = hash(this.addressOf(slots[next]! - 1), mask);
      if (((next - home) & mask) < ((next - slot) & mask)) continue;
      slots[slot] = slots[next]!;
      slot = next;
    }
    slots[slot] = 0;
  }

  private place(entry: number, address: number): void {
    const { slots, mask } = this;
    let slot = hash(address, mask);
    while (slots[slot] !== 0) slot = (slot + 1) & mask;
    slots[slot] = entry + 1;
  }

  private grow(): void {
    const old = this.slots;
    this.slots = new Int32Array(old.length * 2);
    for (const slot of old) if (slot !== 0) this.place(slot - 1, this.addressOf(slot - 1));
    this.onGrow?.();
  }

  /** Checks that every entry is found; throws an Error that says what is wrong. O(slots). */
  validateIntegrity(addresses: Float64Array): void {
    let used = 0;
    for (const slot of this.slots) {
      if (slot === 0) continue;
      used++;
      if (this.find(addresses[slot - 1]!, addresses) !== slot - 1) throw new Error(`entry ${slot - 1} is not found`);
    }
    if (used !== this.count) throw new Error(`${used} slots are used for ${this.count} entries`);
  }
}
