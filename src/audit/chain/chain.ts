import { sha256, sha256Stream } from '../../std/index.ts'
import { blockMarker, type SealedChain } from './block-line.ts'

const lineEnd = 0x0a
const blockStart = Buffer.from(blockMarker)
const recordStart = Buffer.from('{"ev')

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
    let from = 0
    for (let at = 0; at < bytes.length; ) {
      if (startsWith(bytes, at, blockStart)) {
        this.#open?.update(bytes.subarray(from, at))
        if (this.#open !== undefined) seals.push(this.#seal(this.#open))
        this.#open = sha256Stream()
        from = at
      } else if (this.#open !== undefined && startsWith(bytes, at, recordStart)) this.#records++
      const end = bytes.indexOf(lineEnd, at)
      at = end < 0 ? bytes.length : end + 1
    }
    this.#open?.update(bytes.subarray(from))
    return seals
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
