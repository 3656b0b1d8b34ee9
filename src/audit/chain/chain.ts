import { sha256, sha256Stream } from '../../std/index.ts'
import { blockMarker, type SealedChain } from './block-line.ts'

const lineEnd = 0x0a
const markerAtStart = Buffer.from(blockMarker)
const markerInside = Buffer.from(`\n${blockMarker}`)
const recordMarker = Buffer.from('{"ev')

/** Computes the chain of a log from its bytes. It splits them at the lines of blocks, and asks for nothing that they say. */
export class Chain {
  #sealed: number
  #chain: Buffer
  #records: number
  /** The digest of the open block; undefined before the first one. */
  #open: ReturnType<typeof sha256Stream> | undefined

  constructor({ sealed, chain, records }: SealedChain) {
    this.#sealed = sealed
    this.#chain = Buffer.from(chain, 'hex')
    this.#records = records
  }

  /** Adds the next bytes of the log, which must be whole lines. Returns the chain up to each block that ends in them. */
  add(bytes: Buffer): readonly SealedChain[] {
    const seals: SealedChain[] = []
    for (let from = 0; ; ) {
      const isAtBlock = startsWith(bytes, from, markerAtStart)
      if (isAtBlock) {
        if (this.#open !== undefined) seals.push(this.#seal(this.#open))
        this.#open = sha256Stream()
      }
      const next = bytes.indexOf(markerInside, isAtBlock ? from + markerAtStart.length : from)
      const end = next < 0 ? bytes.length : next + 1
      this.#cover(bytes, from, end)
      if (next < 0) return seals
      from = end
    }
  }

  #cover(bytes: Buffer, from: number, end: number): void {
    if (this.#open === undefined || end === from) return
    this.#open.update(bytes.subarray(from, end))
    for (let at = from; at < end; ) {
      if (startsWith(bytes, at, recordMarker)) this.#records++
      const found = bytes.indexOf(lineEnd, at)
      at = found < 0 ? end : found + 1
    }
  }

  #seal(block: ReturnType<typeof sha256Stream>): SealedChain {
    this.#sealed++
    this.#chain = sha256(Buffer.concat([this.#chain, block.digest()]))
    return { sealed: this.#sealed, chain: this.#chain.toString('hex'), records: this.#records }
  }
}

function startsWith(bytes: Buffer, at: number, marker: Buffer): boolean {
  for (let index = 0; index < marker.length; index++) {
    if (bytes[at + index] !== marker[index]) return false
  }
  return true
}
