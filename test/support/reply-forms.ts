/** Forms of a reply that stay equal between two servers where the raw bytes may not. */
import { type Frame, parseFrame } from './resp-parser.ts';

/** How two replies are compared, see `differential.ts`. */
export type Comparison = 'exact' | 'unordered' | 'pairs' | 'shape';

export function comparable(raw: Buffer, comparison: Comparison): string {
  if (comparison === 'exact') return raw.toString('latin1');
  const frame = parseFrame(raw);
  if (comparison === 'shape') return shapeOf(frame);
  return comparison === 'pairs' ? sortedPairs(frame) : sorted(frame);
}

/** Raw bytes for a human: one line, control characters escaped, long replies cut. */
export function printable(raw: Buffer): string {
  const text = JSON.stringify(raw.toString('latin1')).slice(1, -1);
  return text.length <= 600 ? text : `${text.slice(0, 600)}… (${raw.length} bytes)`;
}

/** Elements of all aggregates in the order of their bytes; the keys of a map keep their values. */
function sorted(frame: Frame): string {
  if (frame.type === '%' || frame.type === '|') return sortedPairs(frame);
  const head = `${frame.type}${frame.line}\r\n`;
  if (frame.blob !== null) return `${head}${frame.blob.toString('latin1')}\r\n`;
  return head + frame.children.map(sorted).sort().join('');
}

/** The children taken two by two: a map, or the flat array RESP2 gives for one. */
function sortedPairs(frame: Frame): string {
  const texts = frame.children.map(sorted);
  const pairs: string[] = [];
  for (let i = 0; i < texts.length; i += 2) pairs.push(texts[i]! + (texts[i + 1] ?? ''));
  return `${frame.type}${frame.line}\r\n${pairs.sort().join('')}`;
}

/** Types and lengths of aggregates, nothing of the scalars; an error keeps its text. */
function shapeOf(frame: Frame): string {
  if (frame.type === '-') return `-${frame.line}`;
  if ('*~>%|'.includes(frame.type)) return `${frame.type}${frame.line}[${frame.children.map(shapeOf).join(' ')}]`;
  return frame.blob === null && frame.type === '$' ? '$nil' : frame.type;
}
