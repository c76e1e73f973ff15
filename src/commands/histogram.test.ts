import { expect, test } from 'vitest';
import { LatencyHistogram } from './histogram.ts';

/** Durations in µs, and what redis-server 7.0 reports for them in LATENCY HISTOGRAM. */
test('levels of a histogram are those of Redis', () => {
  const histogram = new LatencyHistogram();
  for (const us of [0, 1, 2, 3, 4, 9, 16, 17, 33, 34, 66, 67, 300_000, 600_000, 5_000_000]) histogram.record(us);
  expect(histogram.cumulative()).toEqual([
    [1, 2],
    [2, 3],
    [4, 5],
    [16, 7],
    [33, 9],
    [66, 11],
    [132, 12],
    [541_065, 13],
    [1_073_741, 15],
  ]);
});

test('percentiles are upper ends of slots', () => {
  const histogram = new LatencyHistogram();
  expect(histogram.percentileNs(50)).toBe(0);
  histogram.record(300_000);
  histogram.record(624_000);
  expect(histogram.percentileNs(50)).toBe(301_989_887);
  expect(histogram.percentileNs(99)).toBe(624_951_295);
  expect(histogram.percentileNs(100)).toBe(624_951_295);
});

test('a percentile is never below the value it stands for, and within 1 %', () => {
  for (let us = 1; us < 1_000_000; us = Math.ceil(us * 1.07)) {
    const histogram = new LatencyHistogram();
    histogram.record(us);
    const ns = histogram.percentileNs(99.9);
    expect(ns).toBeGreaterThanOrEqual(us * 1000);
    expect(ns).toBeLessThan(us * 1000 * 1.01);
  }
});
