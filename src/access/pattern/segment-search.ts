import { oneCharacter } from './wildcard-codes.ts'

/** A part of a pattern between stars: codes of characters, and `oneCharacter`. */
export type Segment = readonly number[]

/** Finds the first place where the segment fits between `from` and `end` of the value; -1 if there is none. */
export type SegmentSearch = (value: string, from: number, end: number) => number

export function fitsAt(segment: Segment, value: string, at: number): boolean {
  for (let i = 0; i < segment.length; i++) {
    if (segment[i] !== oneCharacter && segment[i] !== value.charCodeAt(at + i)) return false
  }
  return true
}

/**
 * Tries one place after another, which is fast except for a segment that is made to almost fit everywhere. After many steps for
 * each character of the value, the search goes on with 32 characters of the segment at a time.
 */
export function compileSearch(segment: Segment): SegmentSearch {
  let byBits: SegmentSearch | undefined
  return (value, from, end) => {
    let stepsLeft = 1000 + 16 * value.length
    for (let at = from; at + segment.length <= end; at++) {
      let i = 0
      while (i < segment.length && (segment[i] === oneCharacter || segment[i] === value.charCodeAt(at + i)))
        i++
      if (i === segment.length) return at
      stepsLeft -= i
      if (stepsLeft < 0) {
        byBits ??= compileBitSearch(segment)
        return byBits(value, at + 1, end)
      }
    }
    return -1
  }
}

/** Shift-And (Baeza-Yates and Gonnet): bit i of the state says that the first i + 1 characters of the segment match up to here. */
export function compileBitSearch(segment: Segment): SegmentSearch {
  const words = Math.ceil(segment.length / 32)
  const last = segment.length - 1
  const { masks, anywhere } = masksOf(segment, words)
  return (value, from, end) => {
    const state = new Uint32Array(words)
    for (let at = from; at < end; at++) {
      const mask = masks.get(value.charCodeAt(at)) ?? anywhere
      let carry = 1
      for (let w = 0; w < words; w++) {
        const before = state[w] ?? 0
        state[w] = ((before << 1) | carry) & (mask[w] ?? 0)
        carry = before >>> 31
      }
      if ((((state[last >>> 5] ?? 0) >>> (last & 31)) & 1) === 1) return at - last
    }
    return -1
  }
}

/** For each character the places of the segment that it fits; `anywhere` has the places that every character fits. */
function masksOf(segment: Segment, words: number) {
  const anywhere = new Uint32Array(words)
  const masks = new Map<number, Uint32Array>()
  const set = (mask: Uint32Array, i: number) => {
    mask[i >>> 5] = (mask[i >>> 5] ?? 0) | (1 << (i & 31))
  }
  for (const [i, code] of segment.entries()) if (code === oneCharacter) set(anywhere, i)
  for (const [i, code] of segment.entries()) {
    if (code === oneCharacter) continue
    const mask = masks.get(code) ?? anywhere.slice()
    set(mask, i)
    masks.set(code, mask)
  }
  return { masks, anywhere }
}
