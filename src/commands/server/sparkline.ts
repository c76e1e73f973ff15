/**
 * Series of numbers drawn with characters, as LATENCY GRAPH shows them: four rows of three steps each (`_`, `o`, `#`)
 * over full columns (`|`); below them an empty row and each sample's label, written downwards.
 */
const ROWS = 4;
const STEPS = '_o#';
const FULL = '|';

export interface Sample {
  readonly value: number;
  readonly label: string;
}

/** At most `columns` samples beside each other, the next ones below. Every line ends with a line feed. */
export function sparkline(samples: readonly Sample[], columns: number): string {
  const values = samples.map((sample) => sample.value);
  const min = Math.min(...values);
  const range = Math.max(...values) - min || 1;
  let text = '';
  for (let from = 0; from < samples.length; from += columns) {
    if (from > 0) text += '\n';
    text += band(samples.slice(from, from + columns), min, range);
  }
  return text;
}

function band(samples: readonly Sample[], min: number, range: number): string {
  const steps = STEPS.length * ROWS;
  const heights = samples.map(({ value }) => Math.min(steps - 1, Math.trunc(((value - min) * steps) / range)));
  const lines: string[] = [];
  for (let row = 0; row < ROWS; row++) {
    const floor = (ROWS - row - 1) * STEPS.length;
    lines.push(heights.map((height) => cell(height - floor)).join(''));
  }
  lines.push(' '.repeat(samples.length));
  const longest = Math.max(...samples.map(({ label }) => label.length));
  for (let i = 0; i < longest; i++) lines.push(samples.map(({ label }) => label[i] ?? ' ').join(''));
  return lines.map((line) => `${line}\n`).join('');
}

/** What a column shows in a row, by its height above the row's floor. */
function cell(height: number): string {
  return height < 0 ? ' ' : (STEPS[height] ?? FULL);
}
