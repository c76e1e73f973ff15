/**
 * Byte strings: JavaScript strings in which every character stands for one byte (code points 0–255).
 *
 * Directive values may hold any byte (a password, a path in a strange encoding), and redis.conf has no declared
 * encoding. Inside the configuration everything is therefore kept as byte strings; decoding to UTF-8 text happens
 * only where a value leaves for JavaScript's world (paths, log texts).
 */

/** Byte string of a JavaScript text, encoded as UTF-8. */
export function toByteString(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}

/** JavaScript text of a byte string; bytes that are no UTF-8 become U+FFFD. */
export function fromByteString(bytes: string): string {
  return Buffer.from(bytes, 'latin1').toString('utf8');
}

/** Lower case of the ASCII letters only, as tolower() in the C locale does it. */
export function asciiLower(bytes: string): string {
  return bytes.replace(/[A-Z]+/g, (upper) => upper.toLowerCase());
}

function isSpace(char: string | undefined): boolean {
  return char !== undefined && (char === ' ' || (char >= '\t' && char <= '\r'));
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', b: '\b', a: '\x07' };

/**
 * Split a line into arguments by the rules shared by redis.conf, inline commands and redis-cli: blanks separate,
 * "double quotes" know the escapes \xHH \n \r \t \b \a and \<any>, 'single quotes' only \'. A closing quote must be
 * followed by a blank or the end.
 *
 * @returns the arguments, or null when quotes are unbalanced.
 */
export function splitArgs(line: string): string[] | null {
  const args: string[] = [];
  let at = 0;
  for (;;) {
    while (isSpace(line[at])) at++;
    if (at >= line.length) return args;
    let arg = '';
    let quote = '';
    for (;;) {
      const char = line[at];
      if (char === undefined) {
        if (quote !== '') return null;
        break;
      }
      if (quote === '') {
        at++;
        if (char === ' ' || char === '\n' || char === '\r' || char === '\t') break;
        if (char === '"' || char === "'") quote = char;
        else arg += char;
        continue;
      }
      if (char === quote) {
        const next = line[at + 1];
        if (next !== undefined && !isSpace(next)) return null;
        at++;
        break;
      }
      const next = line[at + 1];
      if (char === '\\' && quote === '"' && next !== undefined) {
        const hex = next === 'x' ? /^[0-9a-fA-F]{2}/.exec(line.slice(at + 2, at + 4)) : null;
        if (hex !== null) {
          arg += String.fromCharCode(Number.parseInt(hex[0], 16));
          at += 4;
        } else {
          arg += ESCAPES[next] ?? next;
          at += 2;
        }
        continue;
      }
      if (char === '\\' && quote === "'" && next === "'") {
        arg += "'";
        at += 2;
        continue;
      }
      arg += char;
      at++;
    }
    args.push(arg);
  }
}

const QUOTED: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  '"': '\\"',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\x07': '\\a',
  '\b': '\\b',
};

/** A byte string in double quotes, so that {@link splitArgs} gives it back; everything unprintable as \xHH. */
export function quoteArg(bytes: string): string {
  let quoted = '"';
  for (const char of bytes) {
    const code = char.charCodeAt(0);
    if (QUOTED[char] !== undefined) quoted += QUOTED[char];
    else if (code >= 0x20 && code < 0x7f) quoted += char;
    else quoted += `\\x${code.toString(16).padStart(2, '0')}`;
  }
  return `${quoted}"`;
}
