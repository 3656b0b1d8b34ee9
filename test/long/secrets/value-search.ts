import type { ObservedValue } from './observed-values.ts'

// Finds values in outputs, in all forms in which a program could have written them, whole or in part.

/** The size of the parts of forms that are looked for. A part of a value is found if it has one of them. */
const windowBytes = 12
/** A window that several values share says nothing, such as the head of all private keys. */
const ownersMax = 3
/** A window of fewer different bytes is no secret, such as `AAAAAAAAAAAA`. A window of random bytes in hex has fewer than that once in 20 times. */
const distinctMin = 7
const base = 0x01000193
/** `base` to the power of `windowBytes`. */
const leaving = Array.from({ length: windowBytes }).reduce<number>(power => Math.imul(power, base), 1)
const filterBits = 26
/** The number of windows of a form. */
const windowsMax = 64

/** A place of an output that has a value. */
export interface Finding {
  readonly value: ObservedValue
  /** The name of the form, such as `hex`. */
  readonly form: string
  /** The part that was found, each byte a character. */
  readonly part: string
  readonly at: number
}

/** Returns the forms of a value by their names. Equal forms are there once. */
export function formsOf({ bytes, isText }: ObservedValue): Map<string, Buffer> {
  const base64 = bytes.toString('base64')
  // A value within other bytes is encoded from the first, second or third of its bytes on. The ends belong to its neighbours.
  const encoded = [0, 1, 2].map(skipped => bytes.subarray(skipped).toString('base64').replace(/=+$/, ''))
  const text = bytes.toString('utf8')
  const texts: [string, string][] = [
    ['hex', bytes.toString('hex')],
    ['HEX', bytes.toString('hex').toUpperCase()],
    ...encoded.map((form, index): [string, string] => [`base64 from byte ${index}`, form]),
    ...encoded.map((form, index): [string, string] => [
      `base64url from byte ${index}`,
      form.replaceAll('+', '-').replaceAll('/', '_'),
    ]),
    ['URL-encoded', encodeURIComponent(isText ? text.toWellFormed() : base64)],
    // Two control characters fill a window, and are anywhere.
    ...(isPlain(text) ? [['JSON-escaped', JSON.stringify(text).slice(1, -1)] as [string, string]] : []),
    // CloudTrail and others escape the slash, too.
    ['base64 with escaped slashes', base64.replaceAll('/', '\\/')],
  ]
  const forms = new Map<string, Buffer>([['raw', bytes]])
  const seen = new Set([bytes.toString('latin1')])
  for (const [name, form] of texts) {
    if (seen.has(form)) continue
    seen.add(form)
    forms.set(name, Buffer.from(form))
  }
  return forms
}

const isPlain = (text: string) => !/[\p{Control}\ufffd]/u.test(text)

/** A part of a form. */
interface Window {
  readonly hash: number
  /** A second hash, because two of millions of windows may have the same one. */
  readonly check: number
}

/** A search for many values at once. It reads each byte of an output once. */
export class ValueSearch {
  readonly #values: readonly ObservedValue[]
  readonly #filter = new Uint32Array(2 ** (filterBits - 5))
  readonly #mask: number
  readonly #hashes: Uint32Array
  readonly #checks: Uint32Array
  /** The index of the value that had a window last, and one more; 0 for a place that is free. */
  readonly #owners: Uint32Array
  readonly #ownerCounts: Uint8Array

  constructor(values: readonly ObservedValue[]) {
    this.#values = values
    let count = 0
    for (const value of values) for (const _ of windowsOf(value)) count++
    const places = 2 ** Math.ceil(Math.log2(2 * count + 2))
    this.#mask = places - 1
    this.#hashes = new Uint32Array(places)
    this.#checks = new Uint32Array(places)
    this.#owners = new Uint32Array(places)
    this.#ownerCounts = new Uint8Array(places)
    for (const [index, value] of values.entries())
      for (const window of windowsOf(value)) this.#insert(window, index + 1)
  }

  /** Returns the first place of each value that an output has, without parts that are public. */
  find(output: Buffer, publicParts: ReadonlySet<string>): Finding[] {
    const found = new Map<ObservedValue, Finding>()
    let hash = 0
    for (let end = 0; end < output.length; end++) {
      hash = (Math.imul(hash, base) + (output[end] as number)) | 0
      const at = end + 1 - windowBytes
      if (at > 0) hash = (hash - Math.imul(output[at - 1] as number, leaving)) | 0
      if (at < 0 || !this.#mayHave(hash)) continue
      const window = output.subarray(at, end + 1)
      const value = this.#find(hash >>> 0, checkOf(window))
      if (value === undefined || found.has(value)) continue
      const form = nameOfForm(value, window)
      const part = window.toString('latin1')
      if (form !== undefined && !publicParts.has(part)) found.set(value, { value, form, part, at })
    }
    return [...found.values()]
  }

  #insert({ hash, check }: Window, owner: number): void {
    const bit = mix(hash) >>> (32 - filterBits)
    this.#filter[bit >>> 5] = (this.#filter[bit >>> 5] as number) | (1 << (bit & 31))
    const place = this.#placeOf(hash, check)
    if (this.#owners[place] === owner) return
    this.#hashes[place] = hash
    this.#checks[place] = check
    this.#owners[place] = owner
    this.#ownerCounts[place] = Math.min(255, (this.#ownerCounts[place] as number) + 1)
  }

  #find(hash: number, check: number): ObservedValue | undefined {
    const place = this.#placeOf(hash, check)
    const isShared = (this.#ownerCounts[place] as number) > ownersMax
    return isShared ? undefined : this.#values[(this.#owners[place] as number) - 1]
  }

  /** The place of a window, or the free place for it. */
  #placeOf(hash: number, check: number): number {
    for (let place = mix(hash) & this.#mask; ; place = (place + 1) & this.#mask) {
      const isFree = this.#owners[place] === 0
      if (isFree || (this.#hashes[place] === hash && this.#checks[place] === check)) return place
    }
  }

  #mayHave(hash: number): boolean {
    const bit = mix(hash) >>> (32 - filterBits)
    return ((this.#filter[bit >>> 5] as number) & (1 << (bit & 31))) !== 0
  }
}

/** Spreads hashes, whose low bits alone differ little (the finalizer of MurmurHash3). */
function mix(hash: number): number {
  let mixed = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
  return (mixed ^ (mixed >>> 16)) >>> 0
}

/** The windows of all forms of a value: side by side, and the last one. Long forms have gaps between them. */
function* windowsOf(value: ObservedValue): Generator<Window> {
  for (const form of formsOf(value).values()) {
    const last = form.length - windowBytes
    const step = Math.max(windowBytes, Math.ceil(form.length / windowsMax))
    for (let at = 0; at <= last; at = at < last ? Math.min(last, at + step) : last + 1) {
      const window = form.subarray(at, at + windowBytes)
      if (distinctIn(window) < distinctMin || isCounting(window)) continue
      let hash = 0
      for (const byte of window) hash = (Math.imul(hash, base) + byte) | 0
      yield { hash: hash >>> 0, check: checkOf(window) }
    }
  }
}

const lastSeen = new Uint32Array(256)
let counted = 0

function distinctIn(window: Uint8Array): number {
  counted++
  let distinct = 0
  for (const byte of window) {
    if (lastSeen[byte] !== counted) distinct++
    lastSeen[byte] = counted
  }
  return distinct
}

/** Whether the bytes count up, as those of samples do, and those of numbers in an index. */
function isCounting(window: Uint8Array): boolean {
  return window.every((byte, index) => index === 0 || byte === (window[index - 1] as number) + 1)
}

function checkOf(window: Uint8Array): number {
  let check = 0x811c9dc5
  for (const byte of window) check = Math.imul(check ^ byte, base)
  return check >>> 0
}

/** The form of a value that has a window. */
function nameOfForm(value: ObservedValue, window: Uint8Array): string | undefined {
  for (const [name, form] of formsOf(value)) if (form.includes(window)) return name
  return undefined
}
