/** The members of a sorted set that a search found, with their places and distances. */
import type { Db } from '../../store/db.ts';
import { ZsetWalk } from '../../store/zset-walk.ts';
import { distanceWithin, GeoCells, type GeoShape } from './geo-shape.ts';
import { decode, interleave, place, STEP_MAX } from './geohash.ts';

/** Room for more points is not kept between searches. */
const KEPT_POINTS = 16 * 1024;
/** Fewer points than this are sorted wholly even when only some are wanted. */
const SORT_ALL = 64;

export class GeoPoints {
  count = 0;
  /** Metres from the middle, by number of the point. */
  distances: Float64Array = new Float64Array(64);
  scores: Float64Array = new Float64Array(64);
  /** What names the member for `walk.at`. */
  private places: Float64Array = new Float64Array(64);
  /** Numbers of points, in the order of the reply. */
  order: Uint32Array = new Uint32Array(64);
  readonly walk: ZsetWalk = new ZsetWalk();
  private readonly cells = new GeoCells();

  /** Finds the members of a set within a shape, cell by cell; at most `limit` of them. */
  search(db: Db, e: number, shape: GeoShape, limit: number): void {
    const { cells } = this;
    this.count = 0;
    cells.cover(shape);
    const shift = 2 ** (2 * (STEP_MAX - cells.step));
    for (let i = 0; i < cells.count && this.count < limit; i++) {
      const bits = interleave(cells.rows[i]!, cells.columns[i]!);
      this.walk.startScores(db, e, bits * shift);
      this.searchRange((bits + 1) * shift, shape, limit);
    }
    for (let i = 0; i < this.count; i++) this.order[i] = i;
  }

  /** Goes through the scores below `end` that the walk comes to. */
  private searchRange(end: number, shape: GeoShape, limit: number): void {
    const { walk } = this;
    const { maxLatitude, maxLongitude } = this.cells;
    while (this.count < limit && walk.nextScore() && walk.score < end) {
      decode(walk.score);
      // Most of what is not inside is found out without a sine.
      if (Math.abs(place.latitude - shape.latitude) > maxLatitude) continue;
      if (Math.abs(place.longitude - shape.longitude) > maxLongitude) continue;
      const metres = distanceWithin(shape, place.longitude, place.latitude);
      if (metres < 0) continue;
      if (this.count === this.distances.length) this.grow();
      this.distances[this.count] = metres;
      this.scores[this.count] = walk.score;
      this.places[this.count] = walk.place;
      this.count++;
    }
  }

  /** Makes point number i the current member of `walk`. */
  at(i: number): void {
    this.walk.at(this.places[i]!);
  }

  /** Brings the first `wanted` points into the order of their distances. Points as far as each other keep theirs. */
  sort(descending: boolean, wanted: number): void {
    const { distances, count } = this;
    const order = this.order.subarray(0, count);
    const sign = descending ? -1 : 1;
    if (count > SORT_ALL && wanted * 4 < count) this.select(wanted, sign);
    else order.sort((a, b) => sign * (distances[a]! - distances[b]!) || a - b);
  }

  /** Keeps the `wanted` first in a heap whose top is the last of them, then takes it apart from the top. */
  private select(wanted: number, sign: number): void {
    const { order, count } = this;
    for (let i = (wanted >>> 1) - 1; i >= 0; i--) this.sink(i, wanted, sign);
    for (let i = wanted; i < count; i++) {
      if (!this.comesBefore(i, order[0]!, sign)) continue;
      order[0] = i;
      this.sink(0, wanted, sign);
    }
    for (let end = wanted - 1; end > 0; end--) {
      const last = order[0]!;
      order[0] = order[end]!;
      order[end] = last;
      this.sink(0, end, sign);
    }
  }

  private comesBefore(a: number, b: number, sign: number): boolean {
    const difference = sign * (this.distances[a]! - this.distances[b]!);
    return difference < 0 || (difference === 0 && a < b);
  }

  private sink(i: number, size: number, sign: number): void {
    const { order } = this;
    const moved = order[i]!;
    for (;;) {
      let child = 2 * i + 1;
      if (child >= size) break;
      if (child + 1 < size && this.comesBefore(order[child]!, order[child + 1]!, sign)) child++;
      if (!this.comesBefore(moved, order[child]!, sign)) break;
      order[i] = order[child]!;
      i = child;
    }
    order[i] = moved;
  }

  private grow(): void {
    const size = this.distances.length * 2;
    this.distances = copyOf(this.distances, size);
    this.scores = copyOf(this.scores, size);
    this.places = copyOf(this.places, size);
    this.order = new Uint32Array(size);
  }

  /** Gives back the room of a large search. */
  release(): void {
    if (this.distances.length <= KEPT_POINTS) return;
    this.distances = new Float64Array(64);
    this.scores = new Float64Array(64);
    this.places = new Float64Array(64);
    this.order = new Uint32Array(64);
  }
}

function copyOf(from: Float64Array, size: number): Float64Array {
  const copy = new Float64Array(size);
  copy.set(from);
  return copy;
}
