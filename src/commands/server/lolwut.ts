/** LOLWUT: a tree that grows differently each time, and the version. */
import type { CommandClient } from '../command-client.ts';
import { integerOrReply } from '../parse.ts';
import type { CommandSpec } from '../spec.ts';

const COLUMNS = 66;
const ROWS = 18;
const MAX_COLUMNS = 1000;
const MAX_ROWS = 400;
const LEAVES = ['o', '*', '@', '%'];

/** A canvas of characters, row 0 at the ground. */
type Canvas = string[][];

function put(canvas: Canvas, x: number, y: number, character: string): void {
  const row = canvas[y];
  if (row?.[x] === ' ') row[x] = character;
}

/**
 * Grows a branch of `length` characters from (x, y) upward, leaning by `lean` (-1, 0, 1) columns a row; at its end it
 * forks, the more seldom the higher it is, or bears a leaf.
 */
function grow(canvas: Canvas, x: number, y: number, lean: number, length: number): void {
  for (let i = 0; i < length; i++) {
    put(canvas, x, y, lean === 0 ? '|' : lean < 0 ? '\\' : '/');
    x += lean;
    y++;
  }
  if (length <= 1 || y >= canvas.length - 1)
    return put(canvas, x, y, LEAVES[Math.floor(Math.random() * LEAVES.length)]!);
  const shorter = () => Math.max(1, length - 1 - Math.floor(Math.random() * 2));
  grow(canvas, x - 1, y, -1, shorter());
  grow(canvas, x + 1, y, 1, shorter());
  if (Math.random() < 0.5) grow(canvas, x, y, 0, shorter());
}

function tree(columns: number, rows: number): string {
  const canvas: Canvas = Array.from({ length: rows }, () => new Array<string>(columns).fill(' '));
  grow(canvas, columns >> 1, 0, 0, Math.max(1, Math.floor(rows / 3)));
  const lines = canvas.reverse().map((row) => row.join('').trimEnd());
  return `${lines.join('\n')}\n${'~'.repeat(columns)}\n`;
}

/** Argument i, limited to 1 … max; `fallback` when it is absent, NaN after an error reply. */
function sizeOrReply(c: CommandClient, i: number, fallback: number, max: number): number {
  if (i >= c.args.argc) return fallback;
  const value = integerOrReply(c, i);
  return Number.isNaN(value) ? value : Math.min(Math.max(value, 1), max);
}

function lolwut(c: CommandClient): void {
  const { args, out, server } = c;
  let next = 1;
  if (args.argc >= 3 && args.is(1, 'version')) {
    // Every version of the art is the same tree.
    if (Number.isNaN(integerOrReply(c, 2))) return;
    next = 3;
  } else if (args.argc === 2 && args.is(1, 'version')) next = 2;
  const columns = sizeOrReply(c, next, COLUMNS, MAX_COLUMNS);
  if (Number.isNaN(columns)) return;
  const rows = sizeOrReply(c, next + 1, ROWS, MAX_ROWS);
  if (Number.isNaN(rows)) return;
  out.verbatim('txt', `${tree(columns, rows)}\nRedis ver. ${server.redisVersion}\n`);
}

export const lolwutCommands: readonly CommandSpec[] = [
  { name: 'lolwut', arity: -1, flags: ['readonly', 'fast'], proc: lolwut },
];
