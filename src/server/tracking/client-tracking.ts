/** What CLIENT TRACKING has set up for a client. A client that never used it has none. */

/** What a prefix costs beyond its bytes: its places in two tables, about. */
const PREFIX_BYTES = 100;

export class ClientTracking {
  /** TRACKING_ bits. */
  options = 0;
  /** Id of the client that gets the messages; 0: this one. */
  redirect = 0;
  /** In BCAST mode; byte strings. */
  readonly prefixes = new Set<string>();
  /** How often the tracking table names this client. */
  items = 0;
  /** What the prefixes take, roughly. */
  prefixBytes = 0;

  /** Prefixes in the order of their bytes. */
  get sortedPrefixes(): string[] {
    return [...this.prefixes].sort();
  }

  addPrefix(prefix: string): boolean {
    if (this.prefixes.has(prefix)) return false;
    this.prefixes.add(prefix);
    this.prefixBytes += prefix.length + PREFIX_BYTES;
    return true;
  }

  clearPrefixes(): void {
    this.prefixes.clear();
    this.prefixBytes = 0;
  }
}
