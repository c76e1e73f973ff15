/** Forms of the numbers in INFO. */

/** Fields of a section in their order. */
export type Fields = readonly (readonly [name: string, value: string | number])[];

const UNITS = ['K', 'M', 'G', 'T', 'P'];

/** `512B`, `1.50K`, `23.54G` …, for people. */
export function humanBytes(bytes: number): string {
  if (bytes < 1024) return `${bytes}B`;
  let value = bytes / 1024;
  let unit = 0;
  while (value >= 1024 && unit < UNITS.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${value.toFixed(2)}${UNITS[unit]}`;
}

/** `75.00%`. */
export function percent(part: number, whole: number): string {
  return `${(whole === 0 ? 0 : (part * 100) / whole).toFixed(2)}%`;
}

/** A quotient with two decimals, 0.00 when there is nothing to divide by. */
export function ratio(part: number, whole: number): string {
  return (whole === 0 ? 0 : part / whole).toFixed(2);
}

/** `# Title` and a line for each field. */
export function section(title: string, fields: Fields): string {
  return heading(
    title,
    fields.map(([name, value]) => `${name}:${value}`),
  );
}

/** `# Title` and the lines. */
export function heading(title: string, lines: readonly string[]): string {
  return `# ${title}\r\n${lines.map((line) => `${line}\r\n`).join('')}`;
}

/** A name as it may stand in a field: no `#`, `:` nor line ends. */
export function safeName(name: string): string {
  return name.replace(/[#:\r\n]/g, '_');
}
