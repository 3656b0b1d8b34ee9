import { emptyChain, type SealedChain } from '../chain/block-line.ts'

/** A block and where its line is. */
export interface Block extends Place {
  readonly number: number
  readonly time: string
}

/** A line of a file, counted from 1. */
export interface Place {
  readonly file: string
  readonly line: number
}

interface Known {
  readonly block: Block
  readonly end: Place
  readonly chain: SealedChain
}

/** Lines speak of blocks shortly before them: a head of the newest that is sealed, a block line of the one before it. */
const knownMax = 20_000

/** The chain and the places of the newest blocks. */
export class BlockPlaces {
  readonly #known = new Map<number, Known>()
  /** The chain before the first block that is known. */
  start = emptyChain
  #open: Block | undefined

  /** Begins after the blocks of a chain. */
  restart(chain: SealedChain): void {
    this.start = chain
  }

  begin(block: Block): void {
    this.#open = block
  }

  /** Ends the block that was begun last; `last` is its last line. */
  end(chain: SealedChain, last: Place | undefined): void {
    const block = this.#open
    if (block === undefined) return
    this.#known.set(chain.sealed, { block, chain, end: last ?? block })
    this.#known.delete(chain.sealed - knownMax)
  }

  /** The chain up to a block; undefined if it is not known here. */
  chainOf(block: number): SealedChain | undefined {
    return block === this.start.sealed ? this.start : this.#known.get(block)?.chain
  }

  /** Describes the place and the time of blocks. */
  describe(from: number, to: number): string {
    const first = this.#known.get(from) ?? this.#known.values().next().value
    const last = this.#known.get(to) ?? [...this.#known.values()].at(-1)
    if (first === undefined || last === undefined) return `Block ${to}`
    const end =
      first.block.file === last.end.file ? `${last.end.line}` : ` to ${last.end.file}:${last.end.line}`
    const lines = `${first.block.file}:${first.block.line}${end.startsWith(' ') ? end : `-${end}`}`
    const blocks = from >= to ? `block ${to}` : `blocks ${from} to ${to}`
    const until = this.#known.get(to + 1)?.block.time ?? this.#open?.time ?? last.block.time
    return `${lines}, ${blocks}, between ${first.block.time} and ${until}`
  }

  /** Describes a block that is not over. */
  describeOpen({ number, time }: Block): string {
    return `block ${number}, after ${time}`
  }
}

/** Describes the place of a line. */
export const describeLine = ({ file, line }: Place) => `${file}:${line}`
