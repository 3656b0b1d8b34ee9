import { normalizeZ } from '@noble/curves/abstract/curve.js'
import type { WeierstrassPoint, WeierstrassPointCons } from '@noble/curves/abstract/weierstrass.js'
import type { CurveMachine } from './curve-machine.ts'
import type { Address } from './modulus.ts'

/** Odd multiples of a point, 1, 3, … 2^bits − 1, and of the point times 2^bits, 2^(2 bits), …, for so many windows. */
export function oddMultiples(point: WeierstrassPoint<bigint>, bits: number, windows: number) {
  const points: WeierstrassPoint<bigint>[] = []
  let power = point
  for (let window = 0; window < windows; window++) {
    const [first, twice] = [power, power.double()]
    for (let i = 0; i < 2 ** (bits - 1); i++) {
      if (i > 0) power = power.add(twice)
      points.push(power)
    }
    // 2^bits is 1 more than the last.
    power = power.add(first)
  }
  return points
}

/** Writes points, each x ‖ y. */
export function writePoints(
  { field, layout }: CurveMachine,
  table: Address,
  Point: WeierstrassPointCons<bigint>,
  points: WeierstrassPoint<bigint>[],
): void {
  for (const [i, { x, y }] of normalizeZ(Point, points).entries()) {
    field.write(table + 2 * i * layout.sizeBytes, x)
    field.write(table + (2 * i + 1) * layout.sizeBytes, y)
  }
}
