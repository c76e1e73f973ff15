/** File name patterns of `include`: what glob(3) does. Node 20 has no glob of its own. */
import { existsSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** Does an `include` argument mean a pattern? */
export function hasGlob(pattern: string): boolean {
  return /[*?[]/.test(pattern);
}

/** One path component as a regular expression; `*` and `?` do not match a leading dot. */
function componentRegExp(component: string): RegExp {
  let source = component.startsWith('.') ? '' : '(?!\\.)';
  for (let at = 0; at < component.length; at++) {
    const char = component[at]!;
    const close = char === '[' ? component.indexOf(']', at + (/^\[[!^]/.test(component.slice(at)) ? 3 : 2)) : -1;
    if (char === '*') source += '.*';
    else if (char === '?') source += '.';
    else if (close > 0) {
      const body = component.slice(at + 1, close).replace(/[\\\]]/g, '\\$&');
      source += `[${body.replace(/^[!^]/, '^')}]`;
      at = close;
    } else {
      const literal = char === '\\' && at + 1 < component.length ? component[++at]! : char;
      source += literal.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
    }
  }
  return new RegExp(`^${source}$`, 's');
}

/** Entries of a directory that match, sorted; an unreadable directory has none. */
function matchingEntries(directory: string, component: string): string[] {
  if (!hasGlob(component)) return existsSync(join(directory, component)) ? [component] : [];
  try {
    const expression = componentRegExp(component);
    return readdirSync(directory)
      .filter((name) => expression.test(name))
      .sort();
  } catch {
    return [];
  }
}

/** Absolute paths of the files that a pattern means, sorted; relative patterns start at `base`. */
export function expandGlob(pattern: string, base: string): string[] {
  const components = pattern.split('/').filter((component) => component !== '');
  let paths = [pattern.startsWith('/') ? '/' : resolve(base)];
  for (const component of components) {
    paths = paths.flatMap((path) => matchingEntries(path, component).map((name) => join(path, name)));
  }
  return paths;
}
