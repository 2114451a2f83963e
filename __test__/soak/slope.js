'use strict';

// Whether something grows: a line through the samples, and how sure that line is.

/** 97.5 % of Student's distribution lies below this, to within a percent from three degrees of freedom on. */
function student(freedom) {
  return 1.96 + 2.37 / freedom + 2.82 / freedom ** 2 + 2.5 / freedom ** 3;
}

const sumOf = (list) => list.reduce((sum, one) => sum + one, 0);

/**
 * The line of least squares through `{ x, y }` and the interval of its slope (95 %). Samples of memory resemble the ones
 * before, so they count as fewer than they are.
 */
function slopeOf(points) {
  const count = points.length;
  const meanX = sumOf(points.map(({ x }) => x)) / count;
  const meanY = sumOf(points.map(({ y }) => y)) / count;
  const spread = sumOf(points.map(({ x }) => (x - meanX) ** 2));
  const slope = sumOf(points.map(({ x, y }) => (x - meanX) * (y - meanY))) / spread;
  const rests = points.map(({ x, y }) => y - meanY - slope * (x - meanX));
  const squares = sumOf(rests.map((rest) => rest ** 2));
  const neighbours = sumOf(rests.slice(1).map((rest, i) => rest * rests[i]));
  const likeness = squares > 0 ? Math.min(0.95, Math.max(0, neighbours / squares)) : 0;
  const freedom = Math.max(1, (count * (1 - likeness)) / (1 + likeness) - 2);
  const error = student(freedom) * Math.sqrt(squares / freedom / spread);
  return { slope, low: slope - error, high: slope + error };
}

/**
 * Growth that is no warming up goes on to the end, so it shows in all of the samples and in their second half; `floor` is what
 * a run may grow by altogether, `rate` what may come with each step of `x`.
 */
function judge(points, { floor, rate = 0 }) {
  const all = slopeOf(points);
  const late = slopeOf(points.slice(points.length >> 1));
  const growth = all.slope * (points.at(-1).x - points[0].x);
  return { ...all, growth, late, grows: all.low > rate && late.low > rate && growth > floor };
}

module.exports = { judge, slopeOf };
