import type { Steps } from '../budget/step-budget.ts'
import { oneCharacter } from './wildcard-codes.ts'

/** A part of a pattern between stars: codes of characters, and `oneCharacter`. */
export type Segment = readonly number[]

/**
 * Finds the first place where the segment fits between `from` and `end` of the value; -1 if there is none. The caller counts one
 * step for each character between them; the search counts what it takes beyond that.
 */
export type SegmentSearch = (value: string, from: number, end: number, steps: Steps) => number

export function fitsAt(segment: Segment, value: string, at: number): boolean {
  for (let i = 0; i < segment.length; i++) {
    if (segment[i] !== oneCharacter && segment[i] !== value.charCodeAt(at + i)) return false
  }
  return true
}

/** The characters that a search by places may compare again before it gives up, and how many more each place adds. */
const repeatedMax = 64
const repeatedPerPlace = 1

/** A search that goes on counts its steps for so many places at a time. */
const countedPlaces = 256
const stepsPerPlace = 4

/**
 * Tries one place after another, which is fast except for a segment that is made to almost fit everywhere. If too many characters
 * are compared again, the search goes on in a way that never goes back. `?` at the edges of a segment need no search.
 */
export function compileSearch(segment: Segment): SegmentSearch {
  const first = segment.findIndex(code => code !== oneCharacter)
  if (first < 0) return (_value, from, end) => (from + segment.length <= end ? from : -1)
  const last = segment.findLastIndex(code => code !== oneCharacter)
  if (first === 0 && last === segment.length - 1) return compileCore(segment)
  const find = compileCore(segment.slice(first, last + 1))
  return (value, from, end, steps) => {
    const found = find(value, from + first, end - (segment.length - 1 - last), steps)
    return found < 0 ? -1 : found - first
  }
}

/** The first and the last place of the segment are no `?`. */
function compileCore(segment: Segment): SegmentSearch {
  const onward = segment.includes(oneCharacter) ? compileBitSearch(segment) : compileLiteralSearch(segment)
  const codes = Int32Array.from(segment)
  const { length } = codes
  const [head] = codes
  return (value, from, end, steps) => {
    let repeatedLeft = repeatedMax
    for (let at = from; at + length <= end; at++) {
      if (value.charCodeAt(at) !== head) continue
      let i = 1
      while (i < length && (codes[i] === oneCharacter || codes[i] === value.charCodeAt(at + i))) i++
      if (i === length) return at
      repeatedLeft -= i
      if (repeatedLeft < 0 && repeatedLeft + repeatedPerPlace * (at - from) < 0)
        return onward(value, at + 1, end, steps)
    }
    return -1
  }
}

/** Knuth, Morris and Pratt: a character of the value is never compared again after it matched, so that the search is linear. */
function compileLiteralSearch(segment: Segment): SegmentSearch {
  const codes = Int32Array.from(segment)
  let made: Int32Array | undefined
  return (value, from, end, steps) => {
    made ??= bordersOf(segment)
    const borders = made
    let matched = 0
    for (let at = from; at < end; at++) {
      if ((at - from) % countedPlaces === 0) steps.spend(stepsPerPlace * countedPlaces)
      const code = value.charCodeAt(at)
      while (matched > 0 && codes[matched] !== code) matched = borders[matched - 1] as number
      if (codes[matched] === code) matched++
      if (matched === codes.length) return at + 1 - matched
    }
    return -1
  }
}

/** For each beginning of the segment, the length of the longest shorter beginning that also ends it. */
function bordersOf(segment: Segment): Int32Array {
  const borders = new Int32Array(segment.length)
  let matched = 0
  for (let i = 1; i < segment.length; i++) {
    while (matched > 0 && segment[matched] !== segment[i]) matched = borders[matched - 1] ?? 0
    if (segment[matched] === segment[i]) matched++
    borders[i] = matched
  }
  return borders
}

/**
 * Shift-And (Baeza-Yates and Gonnet), for segments with `?` inside: bit i of the state says that the first i + 1 characters of
 * the segment match up to here. No practical search for such segments is linear; this one takes a step for 32 characters of the
 * segment. Its tables can be large, so they are not kept.
 */
export function compileBitSearch(segment: Segment): SegmentSearch {
  const words = Math.ceil(segment.length / 32)
  const last = segment.length - 1
  return (value, from, end, steps) => {
    const { masks, anywhere } = masksOf(segment, words, steps)
    const state = new Uint32Array(words)
    for (let at = from; at < end; at++) {
      if ((at - from) % countedPlaces === 0) steps.spend((stepsPerPlace + 2 * words) * countedPlaces)
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
function masksOf(segment: Segment, words: number, steps: Steps) {
  const codes = new Set(segment)
  steps.spend(16 * segment.length + words * codes.size)
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
