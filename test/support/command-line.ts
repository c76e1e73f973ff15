/** Splits a line into arguments as redis-cli and inline commands do. */

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', b: '\b', a: '\x07' };

/**
 * Double quotes know \xHH, \n, \r, \t, \b, \a and \" ; single quotes only \' . A closing quote must be followed by a
 * blank or the end. Throws on unbalanced quotes.
 */
export function splitCommandLine(line: string): Buffer[] {
  const bytes = Buffer.from(line);
  const args: Buffer[] = [];
  const text = bytes.toString('latin1');
  let i = 0;
  while (i < text.length) {
    if (/\s/.test(text[i]!)) {
      i++;
      continue;
    }
    let arg = '';
    while (i < text.length && !/\s/.test(text[i]!)) {
      const quote = text[i]!;
      if (quote !== '"' && quote !== "'") {
        arg += text[i++];
        continue;
      }
      const token = quote === '"' ? /"((?:[^"\\]|\\[\s\S])*)"(?=\s|$)/y : /'((?:[^'\\]|\\[\s\S])*)'(?=\s|$)/y;
      token.lastIndex = i;
      const match = token.exec(text);
      if (match === null) throw new Error(`Cannot split the command line, quotes do not balance: ${line}`);
      arg += quote === '"' ? unescapeDouble(match[1]!) : match[1]!.replaceAll("\\'", "'");
      i = token.lastIndex;
    }
    args.push(Buffer.from(arg, 'latin1'));
  }
  return args;
}

function unescapeDouble(text: string): string {
  return text.replace(/\\x([0-9a-fA-F]{2})|\\([\s\S])/g, (_, hex: string | undefined, char: string) =>
    hex === undefined ? (ESCAPES[char] ?? char) : String.fromCharCode(Number.parseInt(hex, 16)),
  );
}
