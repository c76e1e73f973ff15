/** Names, patterns and rules as texts: byte strings, which Redis treats as C strings where it compares them. */

/** Whether there is a blank or a NUL in it; names and patterns with those could not be written to files. */
export function hasSpaces(text: string): boolean {
  return /[ \t-\r\0]/.test(text);
}

/** The text as C prints it. */
export function untilNul(text: string): string {
  const nul = text.indexOf('\0');
  return nul < 0 ? text : text.slice(0, nul);
}
