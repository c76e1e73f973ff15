// What a crash report tells of modules (last-words.ts), kept up to date where it changes.

/** The API functions of the process by number, from 1 on. */
export const apiNames: string[] = [''];
/** Word 0: number of the API function whose callback runs, 0 for none. */
export const apiInProgress: Int32Array = new Int32Array(new ArrayBuffer(8));

const numbers = new Map<string, number>();

/** The number of an API function. */
export function apiNumber(name: string): number {
  let number = numbers.get(name);
  if (number === undefined) {
    number = apiNames.push(name) - 1;
    numbers.set(name, number);
  }
  return number;
}

/** Names of functions that modules asked GetApi for in vain, by the module's path. */
export const askedInVain: Map<string, Set<string>> = new Map();
/** Told when `askedInVain` has changed. */
export const onAskedInVain: Set<() => void> = new Set();

/** Notes that a module asked for a function that there is not. */
export function noteAskedInVain(path: string, name: string): void {
  const names = askedInVain.get(path) ?? new Set();
  askedInVain.set(path, names);
  if (names.has(name)) return;
  names.add(name);
  for (const fn of onAskedInVain) fn();
}
