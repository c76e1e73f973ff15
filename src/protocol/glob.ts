/**
 * Redis's glob patterns over bytes, as KEYS, SCAN MATCH, PSUBSCRIBE and CONFIG GET use them:
 * `*` any bytes, `?` one byte, `[a-c]` `[^x]` classes (bounds in either order, `\` quotes inside), `\x` the byte x.
 * An unclosed class ends with the pattern. There is no error: every pattern means something.
 *
 * Complexity: a `*` whose rest matches nowhere stops all earlier stars as well, so that a pattern with many stars costs
 * at most pattern length times subject length.
 */

const STAR = 0x2a;
const QUESTION = 0x3f;
const OPEN = 0x5b;
const CLOSE = 0x5d;
const BACKSLASH = 0x5c;
const CARET = 0x5e;
const DASH = 0x2d;

/** Stars deeper than this never match (Redis's guard against abusive patterns). */
const MAX_NESTING = 1000;

/** Set by the innermost `*` that fails; tells the stars around it that retrying further right is useless. */
let skipLongerMatches = false;

/** ASCII lower case of one byte. */
function lower(byte: number): number {
  return byte >= 0x41 && byte <= 0x5a ? byte + 32 : byte;
}

/** A byte as C's signed char: ranges with bytes above 127 order as Redis does on x86. */
function signed(byte: number): number {
  return (byte << 24) >> 24;
}

/**
 * Does `subject[start, end)` match `pattern[patternStart, patternEnd)`?
 *
 * @param ignoreCase compare ASCII letters without regard to case
 */
export function globMatch(
  pattern: Uint8Array,
  patternStart: number,
  patternEnd: number,
  subject: Uint8Array,
  start: number,
  end: number,
  ignoreCase: boolean,
): boolean {
  skipLongerMatches = false;
  return match(pattern, patternStart, patternEnd, subject, start, end, ignoreCase, 0);
}

/** {@link globMatch} over whole byte strings (one character per byte); for cold paths such as CONFIG GET. */
export function globMatchString(pattern: string, subject: string, ignoreCase: boolean): boolean {
  const patternBytes = Buffer.from(pattern, 'latin1');
  const subjectBytes = Buffer.from(subject, 'latin1');
  return globMatch(patternBytes, 0, patternBytes.length, subjectBytes, 0, subjectBytes.length, ignoreCase);
}

function match(
  pattern: Uint8Array,
  p: number,
  pEnd: number,
  subject: Uint8Array,
  s: number,
  sEnd: number,
  ignoreCase: boolean,
  nesting: number,
): boolean {
  if (nesting > MAX_NESTING) return false;
  while (p < pEnd && s < sEnd) {
    const byte = pattern[p]!;
    if (byte === STAR) {
      while (p + 1 < pEnd && pattern[p + 1] === STAR) p++;
      if (p + 1 === pEnd) return true;
      for (; s < sEnd; s++) {
        if (match(pattern, p + 1, pEnd, subject, s, sEnd, ignoreCase, nesting + 1)) return true;
        if (skipLongerMatches) return false;
      }
      // The rest of the pattern matches nowhere to the right of here, so a longer run of an earlier star cannot help.
      skipLongerMatches = true;
      return false;
    }
    if (byte === OPEN) {
      p = matchClass(pattern, p + 1, pEnd, subject[s]!, ignoreCase);
      if (p < 0) return false;
    } else if (byte !== QUESTION) {
      if (byte === BACKSLASH && p + 1 < pEnd) p++;
      const want = pattern[p]!;
      const have = subject[s]!;
      if (want !== have && !(ignoreCase && lower(want) === lower(have))) return false;
    }
    s++;
    p++;
    // Only behind a consumed byte: an empty subject matches no pattern but the empty one, not even `*`.
    if (s === sEnd) while (p < pEnd && pattern[p] === STAR) p++;
  }
  return p === pEnd && s === sEnd;
}

/**
 * Match one byte against the class whose text starts at `p` (behind the bracket).
 *
 * @returns position of the class's last byte, or -1 when the byte is not in it.
 */
function matchClass(pattern: Uint8Array, p: number, pEnd: number, byte: number, ignoreCase: boolean): number {
  const negated = p < pEnd && pattern[p] === CARET;
  if (negated) p++;
  const folded = ignoreCase ? lower(byte) : byte;
  let found = false;
  for (; ; p++) {
    if (p >= pEnd) {
      p--;
      break;
    }
    const first = pattern[p]!;
    if (first === BACKSLASH && p + 1 < pEnd) {
      // Redis compares a quoted byte exactly even when case is ignored.
      p++;
      if (pattern[p] === byte) found = true;
    } else if (first === CLOSE) {
      break;
    } else if (p + 2 < pEnd && pattern[p + 1] === DASH) {
      let from = signed(first);
      let to = signed(pattern[p + 2]!);
      if (from > to) [from, to] = [to, from];
      if (ignoreCase) {
        from = lower(from);
        to = lower(to);
      }
      p += 2;
      const within = signed(folded);
      if (within >= from && within <= to) found = true;
    } else if (first === byte || (ignoreCase && lower(first) === folded)) {
      found = true;
    }
  }
  return found !== negated ? p : -1;
}
